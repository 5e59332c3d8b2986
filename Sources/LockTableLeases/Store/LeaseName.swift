public import LockTable

/// What a store knows a key by: `orders/account-42`.
///
/// A name is made from a namespace and a key, and different keys of one type have different names.
/// Of an integer it has the decimal digits, of text the characters, of bytes the hexadecimal digits,
/// and of a key of several parts all of them, with commas in between. Names are ASCII: of other
/// characters, of control characters and of `%`, `/` and `,` in text, a name has the bytes of UTF-8
/// as `%C3%BC`. So a name is safe in a log, in a file name without its `/`, and in a database of any
/// encoding. It has at most ``maximumLength`` bytes.
public struct LeaseName: Sendable, Hashable {
  /// The longest namespace, as it appears in a name, in bytes.
  public static let maximumNamespaceLength = 48
  /// The longest name, in bytes.
  public static let maximumLength = 240

  /// The namespace, escaped.
  public let namespace: String
  /// The key, escaped.
  public let key: String
  /// Both, with a `/` in between.
  public let text: String

  /// Makes the name of `key`. Nil if the name would be longer than ``maximumLength``, or the
  /// namespace longer than ``maximumNamespaceLength``.
  public init?(namespace: String, key: some LockKey) {
    self.init(
      escapedNamespace: Self.escaped(namespace),
      escapedKey: Self.parts(of: key).joined(separator: ","))
  }

  /// Makes the name of a key that has `text`, of which the name has the characters.
  init?(namespace: String, keyText text: String) {
    self.init(
      escapedNamespace: Self.escaped(namespace), escapedKey: Self.parts(of: text).joined())
  }

  /// Makes a name from its text, for a store that reads it from the engine. Nil if no name has that
  /// text.
  public init?(_ text: String) {
    guard let separator = text.firstIndex(of: "/") else { return nil }
    let (namespace, key) = (text[..<separator], text[text.index(after: separator)...])
    guard namespace.utf8.allSatisfy(Self.isPlain), key.utf8.allSatisfy(Self.isPlainInKey) else {
      return nil
    }
    self.init(escapedNamespace: String(namespace), escapedKey: String(key))
  }

  private init?(escapedNamespace: String, escapedKey: String) {
    text = "\(escapedNamespace)/\(escapedKey)"
    guard escapedNamespace.utf8.count <= Self.maximumNamespaceLength,
      text.utf8.count <= Self.maximumLength
    else { return nil }
    namespace = escapedNamespace
    key = escapedKey
  }
}

extension LeaseName: Comparable, CustomStringConvertible {
  /// Names have one order everywhere: that of their bytes.
  public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
  /// The text.
  public var description: String { text }
}

// How a key becomes text.

extension LeaseName {
  static func parts<Key: LockKey>(of key: Key) -> [String] {
    switch key {
    case let pair as any LeaseNameParts: pair.leaseNameParts
    case let integer as any _LockInteger: ["\(integer)"]
    case let text as any _LockText: [escaped(text)]
    case let bytes as any _LockBytes: [bytes._withBytes(hex)]
    default: parts(of: key.lockIdentity)
    }
  }

  /// Text in canonical composition, as texts that are `==` are one key.
  private static func escaped(_ text: some _LockText) -> String {
    text._withCanonicalLockBytes { bytes in
      // A percent sign alone stands for no character, and so for no text.
      bytes.isEmpty ? "%" : bytes.map(escaped).joined()
    }
  }

  private static func escaped(_ byte: UInt8) -> String {
    isPlain(byte) && byte != percent ? String(UnicodeScalar(byte)) : "%" + hex(byte)
  }

  private static func hex(_ bytes: UnsafeRawBufferPointer) -> String {
    bytes.isEmpty ? "%" : bytes.map(hex).joined()
  }

  private static func hex(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
  }

  private static let percent = UInt8(ascii: "%")

  /// Whether a byte may be in a part of a name.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "-_.~:@+=%".utf8.contains(byte)
    }
  }

  private static func isPlainInKey(_ byte: UInt8) -> Bool {
    isPlain(byte) || byte == UInt8(ascii: ",")
  }
}

/// A key of several parts.
protocol LeaseNameParts {
  var leaseNameParts: [String] { get }
}

extension LockKeyPair: LeaseNameParts {
  var leaseNameParts: [String] { LeaseName.parts(of: first) + LeaseName.parts(of: second) }
}
