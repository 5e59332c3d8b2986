internal import CSwiftTask
internal import Synchronization

/// What keys are acquired for, as a value of the task: `request 7`, or the identifier of a trace.
///
///     try await LockLabel.$current.withValue("request 7") {
///       try await locks.withLock("account-42") { … }
///     }
///
/// A table with ``LockTableConfiguration/diagnostics-swift.property`` keeps the first 39 bytes of
/// UTF-8, and no part of a character, with each hold and each wait that begins in the body, in what
/// the body awaits, and in child tasks. ``LockParticipant/label`` and all text show them.
///
/// Another source of labels is the closure
/// ``LockTableConfiguration/Diagnostics-swift.struct/label``.
public enum LockLabel {
  /// The label of the current task, or of the current thread in a body that is not asynchronous.
  ///
  /// Labels nest, and the innermost counts; nil is none. Without diagnostics a label costs what a
  /// task-local value does. With diagnostics, looking for one adds some nanoseconds to each
  /// acquisition, in a process that has used this property.
  @TaskLocal public static var current: String? = noLabelYet()

  private static let wasUsed = Atomic(false)

  /// Whether there may be a label. Looking for one costs a third of all that is recorded.
  static var isUsed: Bool { wasUsed.load(ordering: .relaxed) }

  /// The value outside all bodies, which the process evaluates when it first uses the property.
  private static func noLabelYet() -> String? {
    wasUsed.store(true, ordering: .relaxed)
    return nil
  }
}

extension LockTable {
  /// What the caller is about to acquire for.
  var label: String? {
    guard let makeLabel else { return LockLabel.current }
    // A closure that acquires keys does not call itself again.
    guard lt_begin_label() else { return nil }
    defer { lt_end_label() }
    return makeLabel()
  }
}
