import Foundation

/// The short way, seen often: a dictionary of `NSLock`s that only grows.
final class NSLockDictionary<Key: BenchKey>: Contender, @unchecked Sendable {
  // Sound to share: `locks` is only used inside `lock`.
  private let lock = NSLock()
  private var locks: [Key: NSLock] = [:]

  @inline(__always)
  func run(_ key: Key, _ body: () -> Void) { find(key).withLock(body) }

  private func find(_ key: Key) -> NSLock {
    lock.withLock {
      if let found = locks[key] { return found }
      let made = NSLock()
      locks[key] = made
      return made
    }
  }
}
