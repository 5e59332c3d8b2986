import NIOConcurrencyHelpers

/// Refcounted locks of swift-nio's in dictionaries: what one would write who has swift-nio anyway.
final class StripedNIOLockDictionary<Key: BenchKey>: Contender {
  private let stripes = (0..<stripeCount).map { _ in NIOLockDictionary<Key>() }

  @inline(__always)
  func run(_ key: Key, _ body: () -> Void) {
    stripes[key.hashValue & (stripeCount - 1)].run(key, body)
  }
}

private final class NIOLockDictionary<Key: BenchKey>: Sendable {
  private final class Entry: @unchecked Sendable {
    // Sound to share: `users` is only used inside the dictionary's lock.
    let lock = NIOLock()
    var users = 0
  }

  private let entries = NIOLockedValueBox<[Key: Entry]>([:])

  @inline(__always)
  func run(_ key: Key, _ body: () -> Void) {
    let entry = enter(key)
    entry.lock.withLock(body)
    leave(key, entry)
  }

  private func enter(_ key: Key) -> Entry {
    entries.withLockedValue { entries in
      join(&entries[key, default: Entry()])
    }
  }

  /// In the dictionary's own slot: the key is looked up once, be there an entry or not.
  private func join(_ entry: inout Entry) -> Entry {
    entry.users += 1
    return entry
  }

  private func leave(_ key: Key, _ entry: Entry) {
    entries.withLockedValue { entries in
      entry.users -= 1
      if entry.users == 0 {
        entries[key] = nil
      }
    }
  }
}
