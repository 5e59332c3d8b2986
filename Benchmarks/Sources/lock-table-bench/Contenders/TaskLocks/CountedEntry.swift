import Synchronization

/// A lock in a dictionary, and how many threads or tasks hold it or wait for it: the last one to leave
/// removes the key.
final class CountedEntry<Lock: CountedLock & ~Copyable>: @unchecked Sendable {
  // Sound to share: `users` is only used inside the dictionary's lock.
  let lock = Lock()
  fileprivate var users = 0
}

protocol CountedLock: ~Copyable, Sendable {
  init()
}

extension Mutex: CountedLock where Value == Void {
  init() { self.init(()) }
}

extension Dictionary {
  mutating func enter<Lock: ~Copyable>(_ key: Key) -> Value where Value == CountedEntry<Lock> {
    Self.join(&self[key, default: CountedEntry()])
  }

  /// In the dictionary's own slot: the key is looked up once, be there an entry or not.
  private static func join<Lock: ~Copyable>(_ entry: inout Value) -> Value
  where Value == CountedEntry<Lock> {
    entry.users += 1
    return entry
  }

  mutating func leave<Lock: ~Copyable>(_ key: Key, _ entry: Value)
  where Value == CountedEntry<Lock> {
    entry.users -= 1
    if entry.users == 0 { self[key] = nil }
  }
}
