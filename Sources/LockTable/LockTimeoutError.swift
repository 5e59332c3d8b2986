/// The key was not free before the time was up. Nothing is held.
public struct LockTimeoutError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Makes the error, for a test double that throws it.
  public init() {}

  /// A sentence that says what happened.
  public var description: String { "the key was not free before the time was up" }
}
