/// A key was not free before the time was up. Nothing is held.
public struct LockTimeoutError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Makes the error, for those who want to throw it from a test double.
  public init() {}

  /// What happened, in a sentence.
  public var description: String { "the key was not free before the time was up" }
}
