internal import Synchronization

/// Runs `body`, and says what it acquires keys for: `request 7`, or the identifier of a trace.
///
/// Tables with ``LockTableConfiguration/diagnostics-swift.property`` keep the first 39 bytes with
/// each hold and each wait of the body, of the tasks that it awaits, and of child tasks.
/// ``LockParticipant/label`` and what is logged show them. Labels nest; the innermost counts.
/// Without diagnostics a label costs what a task-local value does. With diagnostics, looking for
/// one adds some nanoseconds to each acquisition of a process that has used labels.
@available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
@_disfavoredOverload
public func withLockLabel<Result>(
  _ label: String, _ body: () throws -> Result
) rethrows -> Result {
  LockLabel.use()
  return try LockLabel.$current.withValue(label) { try body() }
}

/// Runs `body`, and says what it acquires keys for.
///
/// As the form for threads. Stays on the caller's actor.
public nonisolated(nonsending) func withLockLabel<Result>(
  _ label: String, _ body: nonisolated(nonsending) () async throws -> Result
) async rethrows -> Result {
  LockLabel.use()
  return try await LockLabel.$current.withValue(label) { try await body() }
}

enum LockLabel {
  @TaskLocal static var current: String?

  private static let wasUsed = Atomic(false)

  /// Whether there was a label in this process. Looking for one costs a third of all that is
  /// recorded.
  static var isUsed: Bool { wasUsed.load(ordering: .relaxed) }

  static func use() {
    if !isUsed {
      wasUsed.store(true, ordering: .relaxed)
    }
  }
}
