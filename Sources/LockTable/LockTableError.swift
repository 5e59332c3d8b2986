/// Why a key was not acquired, other than for lack of time.
public enum LockTableError: Error, Sendable, Hashable, CustomStringConvertible {
  /// As many wait for the key already as ``LockTableConfiguration/maximumWaitersPerKey`` allows.
  case tooManyWaiters

  /// What happened, in a sentence.
  public var description: String {
    switch self {
    case .tooManyWaiters: "as many wait for the key already as the configuration allows"
    }
  }
}
