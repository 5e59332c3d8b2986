import LockTable
import LockTableFoundation
import SinglePaths

import struct Foundation.UUID

/// A kind of keys, and what it costs to lock one of them, as a user would write it.
struct KeyKind: Sendable {
  let name: String
  let loop: Loop
  /// So many pairs of a pthread_mutex at most; nil if there is no bound.
  let bound: Double?
  /// `Hasher` over the key, which the bound does not count; nil for what is locked without it.
  let hasher: Loop?
  /// The figure is the mean over so many tables.
  var tables = 1
}

extension KeyKind {
  static let tablesOfTen = 16

  /// In the order of *Keys*, the article.
  static var all: [KeyKind] {
    shortStrings + longStrings + texts + small + pairs + hashables + several
  }

  /// Of 1 to 32 bytes: one bound for every length.
  static var shortStrings: [KeyKind] { (1...32).map { of(ascii($0), "String, \($0) bytes", 1.2) } }

  private static var longStrings: [KeyKind] {
    [(64, 1.8), (65, 4), (128, 4), (256, 4), (1_024, 12)].map { length, bound in
      of(ascii(length), "String, \(grouped(length)) bytes", bound)
    }
  }

  /// Not ASCII, in NFC, as nearly all text is.
  private static var texts: [KeyKind] {
    [
      of("Zürich-42", "String, Latin, 9 characters", 5),
      of("東京都千代田区丸の内一丁目九", "String, Japanese, 14 characters", 5),
      of("Санкт-Петербург, Невский про", "String, Cyrillic, 28 characters", 5),
    ]
  }

  private static var small: [KeyKind] {
    [
      of(UUID(number: 1), "UUID", 1.2),
      of(Account(rawValue: 42), "wrapper of an integer", 0.8),
      of(Tenant(rawValue: "account-42"), "wrapper of a String, 10 bytes", 1.4),
      of("GET account-42".dropFirst(4), "Substring, 10 bytes", 2.5),
    ]
  }

  private static var pairs: [KeyKind] {
    [
      of(LockKeyPair(Int64(7), Int64(42)), "pair of integers", 1.3),
      of(LockKeyPair(Int32(7), "account-42"), "pair of an integer and a String, 10 bytes", 2),
      of(LockKeyPair(Int64(7), Int32(8), "account-42"), "two integers and a String, 10 bytes", 2.5),
      of(
        LockKeyPair("tenant-7", Int64(7), "account-42"), "three parts, two of them Strings", 2.5),
    ]
  }

  /// What is no `LockKey`: locked by its own `==` and `hash(into:)`.
  private static var hashables: [KeyKind] {
    [
      beyondHasher(Cell(row: 7, column: 42), "struct of two Ints", 2),
      beyondHasher(Resource.image(42), "enum with an Int", 2),
      beyondHasher(Named(id: 42, name: "account-42"), "struct with a String", 3),
    ]
  }

  private static var several: [KeyKind] {
    [
      ofTen("Ints", 10) { $0 },
      ofTen("Strings, 32 bytes", 20) { String(number: $0) },
      ofTen("structs of two Ints", 80) { Cell(row: $0, column: $0) },
      unspecialised(42, "Int, unspecialised code", 1),
      unspecialised(ascii(32), "String, 32 bytes, unspecialised code", 2),
    ]
  }

  private static func ascii(_ length: Int) -> String {
    String("account-0123456789".unicodeScalars.prefix(length))
      + String(repeating: "x", count: max(0, length - 18))
  }
}

// Inlined, so that each kind has a loop of its own, as in a user's code.
extension KeyKind {
  @inline(__always)
  private static func of<Key: Hashable & Sendable>(
    _ key: Key, _ name: String, _ bound: Double?, hasher: Loop? = nil
  ) -> KeyKind {
    let table = LockTable<Key>()
    return KeyKind(
      name: name, loop: Loop(name) { for _ in 0..<$0 { table.withLock(key) {} } }, bound: bound,
      hasher: hasher)
  }

  @inline(__always)
  private static func beyondHasher<Key: Hashable & Sendable>(
    _ key: Key, _ name: String, _ bound: Double
  ) -> KeyKind {
    of(key, name, bound, hasher: .hasher(of: key, "Hasher over such a key"))
  }

  /// The mean over several tables. A stripe keeps one key in itself, so that of ten keys those that
  /// share a stripe cost more; how many do depends on the seed that each table draws.
  @inline(__always)
  private static func ofTen<Key: Hashable & Sendable>(
    _ name: String, _ bound: Double, _ key: (Int) -> Key
  ) -> KeyKind {
    let tables = (0..<tablesOfTen).map { _ in LockTable<Key>() }
    let keys = (0..<10).map(key)
    // Each table has its turn in one piece: the lines of all of them would not stay in the first
    // cache.
    let loop = Loop(name) { count in
      for (number, table) in tables.enumerated() {
        let turns = count * (number + 1) / tablesOfTen - count * number / tablesOfTen
        for _ in 0..<turns { table.withLock(all: keys) {} }
      }
    }
    return KeyKind(
      name: "withLock(all:) of 10 \(name)", loop: loop, bound: bound, hasher: nil,
      tables: tablesOfTen)
  }

  private static func unspecialised<Key: Hashable & Sendable>(
    _ key: Key, _ name: String, _ bound: Double
  ) -> KeyKind {
    let table = LockTable<Key>()
    return KeyKind(
      name: name, loop: Loop(name) { for _ in 0..<$0 { lock(key, table) } }, bound: bound,
      hasher: nil)
  }

  /// As the compiler makes it where it does not know the type.
  @inline(never)
  @_semantics("optimize.sil.specialize.generic.never")
  private static func lock<Key>(_ key: Key, _ table: LockTable<Key>) { table.withLock(key) {} }
}

private struct Account: RawRepresentable, Hashable, Sendable, LockKey {
  let rawValue: Int64
}

private struct Tenant: RawRepresentable, Hashable, Sendable, LockKey {
  let rawValue: String
}

private struct Cell: Hashable, Sendable {
  let row: Int
  let column: Int
}

private enum Resource: Hashable, Sendable {
  case image(Int)
  case tenant(Int)
}

private struct Named: Hashable, Sendable {
  let id: Int
  let name: String
}
