import Synchronization

/// A dictionary of mutexes that are counted, so that the last to leave removes the key.
final class MutexDictionary<Key: BenchKey>: Contender {
  private final class Entry: @unchecked Sendable {
    // Sound to share: `users` is only used inside the dictionary's lock.
    let mutex = Mutex(())
    var users = 0
  }

  private let entries = Mutex<[Key: Entry]>([:])

  @inline(__always)
  func run(_ key: Key, _ body: () -> Void) {
    let entry = enter(key)
    entry.mutex.withLock { _ in body() }
    leave(key, entry)
  }

  private func enter(_ key: Key) -> Entry {
    entries.withLock { entries in
      join(&entries[key, default: Entry()])
    }
  }

  /// In the dictionary's own slot: the key is looked up once, be there an entry or not.
  private func join(_ entry: inout Entry) -> Entry {
    entry.users += 1
    return entry
  }

  private func leave(_ key: Key, _ entry: Entry) {
    entries.withLock { entries in
      entry.users -= 1
      if entry.users == 0 {
        entries[key] = nil
      }
    }
  }
}

/// Several such dictionaries, so that threads with different keys seldom meet at one.
final class StripedMutexDictionary<Key: BenchKey>: Contender {
  private let stripes = (0..<stripeCount).map { _ in MutexDictionary<Key>() }

  @inline(__always)
  func run(_ key: Key, _ body: () -> Void) {
    stripes[key.hashValue & (stripeCount - 1)].run(key, body)
  }
}

/// A fixed array of mutexes, of which the key's hash chooses one.
final class MutexArray<Key: BenchKey>: Contender {
  private final class Element: Sendable {
    let mutex = Mutex(())
  }

  private let elements = (0..<arrayCount).map { _ in Element() }

  @inline(__always)
  func run(_ key: Key, _ body: () -> Void) {
    elements[key.hashValue & (arrayCount - 1)].mutex.withLock { _ in body() }
  }
}
