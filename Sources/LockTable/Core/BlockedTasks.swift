internal import CLockTable

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// Decides what happens to a task that is about to block its thread. The core asks before a thread
/// parks, with no lock held and the key pinned.
final class BlockedTasks: Sendable {
  private let policy: LockTableConfiguration.BlockingInTasks
  private let name: @Sendable (lt_report_t) -> String
  private let wasReported = Guarded(false)

  /// `name` describes the key of a report in words.
  init(
    policy: LockTableConfiguration.BlockingInTasks,
    name: @escaping @Sendable (lt_report_t) -> String
  ) {
    self.policy = policy
    self.name = name
  }

  /// The hook for the core's configuration. Returns whether the thread that is about to park runs a
  /// task.
  static let hook: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<lt_sleep_t>) -> Bool = {
    guard let context = $0, withUnsafeCurrentTask(body: { $0 != nil }) else { return false }
    // Sound: the context belongs to the table, which keeps itself alive during every call that may
    // park.
    let tasks = Unmanaged<BlockedTasks>.fromOpaque(context).takeUnretainedValue()
    tasks.note($1.pointee)
    return true
  }

  var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  private func note(_ sleep: lt_sleep_t) {
    switch policy {
    case .trap:
      fatalError(sentence(for: sleep))
    case .report:
      let isFirst = wasReported.withValue { wasReported in
        defer { wasReported = true }
        return !wasReported
      }
      if isFirst {
        report(
          """
          \(sentence(for: sleep)). blockedTaskCount counts those of this table that follow; \
          blockingInTasks of its configuration says what becomes of them.\n
          """)
      }
    case .allow:
      break
    }
  }

  private func sentence(for sleep: lt_sleep_t) -> String {
    """
    LockTable: \(call(of: sleep)) is about to block a thread that runs a task, and which other tasks \
    need, for the key \(name(sleep.report)). Use the asynchronous form: try await
    """
  }

  /// The core knows the mode and whether the call has a deadline, but not which form made the call.
  private func call(of sleep: lt_sleep_t) -> String {
    switch (sleep.is_shared, sleep.is_timed) {
    case (false, false):
      "withLock(_:_:), acquire(_:), or the same with mode:, all: or exclusive:shared:,"
    case (false, true):
      "withLock or acquire, with timeout: or until:, of one key or several,"
    case (true, false):
      """
      withSharedLock(_:_:), acquireShared(_:), or withLock or acquire with mode: or \
      exclusive:shared:,
      """
    case (true, true):
      """
      withSharedLock or acquireShared, or withLock or acquire with mode: or exclusive:shared:, with \
      timeout: or until:,
      """
    }
  }

  private func report(_ line: String) {
    var line = line
    // One write, so that no other thread's line is mixed into this one.
    line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
