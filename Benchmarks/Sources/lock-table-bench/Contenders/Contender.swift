/// Something whose keys can be held; see what refines it.
protocol KeyedLock<Key>: AnyObject, Sendable {
  associatedtype Key: BenchKey
}

/// Something that runs code while a key is held, and blocks the thread that waits.
///
/// A contender is as its author would write it who needs just this and has no library for it.
protocol Contender<Key>: KeyedLock {
  /// Runs `body` while holding `key`. Always inlined, into `increment`.
  func run(_ key: Key, _ body: () -> Void)

  /// Runs `body` while holding `key` together with others who only read. Always inlined, into `read`.
  ///
  /// What has no readers holds the key for itself.
  func runShared(_ key: Key, _ body: () -> Void)
}

extension Contender {
  @inline(__always)
  func runShared(_ key: Key, _ body: () -> Void) { run(key, body) }
}

/// The same for a task, which is suspended while it waits. Always inlined, into `incrementInTask` and
/// `readInTask`.
protocol AsyncContender<Key>: KeyedLock {
  nonisolated(nonsending) func runSuspending(_ key: Key, _ body: () -> Void) async
  nonisolated(nonsending) func runSharedSuspending(_ key: Key, _ body: () -> Void) async
  /// Runs both while holding `key`, and suspends in between.
  nonisolated(nonsending) func runAcrossYield(
    _ key: Key, _ begin: () -> Void, _ end: () -> Void
  ) async
}

extension AsyncContender {
  @inline(__always)
  nonisolated(nonsending) func runSharedSuspending(_ key: Key, _ body: () -> Void) async {
    await runSuspending(key, body)
  }
}

/// A lock that blocks, used in tasks as well: a thread of the pool waits where a task should. With code
/// inside that is short and never suspends this works, and it is what a lock costs at least.
protocol BlocksInTasks: Contender, AsyncContender {}

extension BlocksInTasks {
  @inline(__always)
  nonisolated(nonsending) func runSuspending(_ key: Key, _ body: () -> Void) async {
    run(key, body)
  }

  @inline(__always)
  nonisolated(nonsending) func runSharedSuspending(_ key: Key, _ body: () -> Void) async {
    runShared(key, body)
  }

  /// Holds nothing: a thread's lock may not be held across a suspension. Only for the loop itself.
  @inline(__always)
  nonisolated(nonsending) func runAcrossYield(
    _ key: Key, _ begin: () -> Void, _ end: () -> Void
  ) async {
    begin()
    await Task.yield()
    end()
  }
}
