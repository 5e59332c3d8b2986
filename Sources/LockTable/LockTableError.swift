/// The reason why a key was not acquired, other than lack of time.
public enum LockTableError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The key has as many waiters already as ``LockTableConfiguration/maximumWaitersPerKey`` allows.
  case tooManyWaiters

  /// The system refused the thread that keeps the deadlines of tasks, and there is none yet. The
  /// forms without a limit, and those that do not wait, need no such thread.
  case noTimer

  /// A sentence that says what happened.
  public var description: String {
    switch self {
    case .tooManyWaiters: "as many wait for the key already as the configuration allows"
    case .noTimer: "the system refused the thread that keeps the deadlines of tasks"
    }
  }
}
