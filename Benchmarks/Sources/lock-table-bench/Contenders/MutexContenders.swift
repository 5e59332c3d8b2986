import Foundation
import NIOConcurrencyHelpers
import Synchronization

/// A dictionary of counted mutexes.
final class MutexDictionary<Key: BenchKey>: Contender, Stripe {
  private let entries = Mutex<[Key: CountedEntry<Mutex<Void>>]>([:])

  @inline(__always)
  func run(_ key: Key, _ body: () -> Void) {
    let entry = entries.withLock { $0.enter(key) }
    entry.lock.withLock { _ in body() }
    entries.withLock { $0.leave(key, entry) }
  }
}

extension NIOLock: CountedLock {}

/// The same with swift-nio's locks: what one would write who has swift-nio anyway.
final class NIOLockDictionary<Key: BenchKey>: Contender, Stripe {
  private let entries = NIOLockedValueBox<[Key: CountedEntry<NIOLock>]>([:])

  @inline(__always)
  func run(_ key: Key, _ body: () -> Void) {
    let entry = entries.withLockedValue { $0.enter(key) }
    entry.lock.withLock(body)
    entries.withLockedValue { $0.leave(key, entry) }
  }
}

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

let arrayCount = 1024

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
