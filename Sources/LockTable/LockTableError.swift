/// Why a key was not acquired, other than for lack of time.
public enum LockTableError: Error, Sendable, Hashable, CustomStringConvertible {
  /// As many wait for the key already as ``LockTableConfiguration/maximumWaitersPerKey`` allows.
  case tooManyWaiters

  /// The system refused the thread that keeps the deadlines of tasks, and there is none yet. The
  /// forms without a limit, and those that do not wait, need none.
  case noTimer

  /// What happened, in a sentence.
  public var description: String {
    switch self {
    case .tooManyWaiters: "as many wait for the key already as the configuration allows"
    case .noTimer: "the system refused the thread that keeps the deadlines of tasks"
    }
  }
}
