// Locks that block, used in tasks: a thread of the pool waits where a task should. With code inside
// that is short and never suspends this works, and it is what a lock costs at least.

/// A contender that blocks, called from tasks.
final class Blocking<Wrapped: Contender>: AsyncContender {
  typealias Key = Wrapped.Key

  private let wrapped: Wrapped

  init(_ wrapped: Wrapped) {
    self.wrapped = wrapped
  }

  @inline(__always)
  nonisolated(nonsending) func runSuspending(_ key: Key, _ body: () -> Void) async {
    wrapped.run(key, body)
  }

  @inline(__always)
  nonisolated(nonsending) func runSharedSuspending(_ key: Key, _ body: () -> Void) async {
    wrapped.runShared(key, body)
  }
}

extension OnePthreadMutex: AsyncContender {
  @inline(__always)
  nonisolated(nonsending) func runSuspending(_ key: Key, _ body: () -> Void) async {
    run(key, body)
  }
}

extension OneReadWriteLock: AsyncContender {
  @inline(__always)
  nonisolated(nonsending) func runSuspending(_ key: Key, _ body: () -> Void) async {
    run(key, body)
  }

  @inline(__always)
  nonisolated(nonsending) func runSharedSuspending(_ key: Key, _ body: () -> Void) async {
    runShared(key, body)
  }
}

extension NoLock: AsyncContender {
  @inline(__always)
  nonisolated(nonsending) func runSuspending(_ key: Key, _ body: () -> Void) async {
    run(key, body)
  }
}
