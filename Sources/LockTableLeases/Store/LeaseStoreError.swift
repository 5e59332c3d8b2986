/// Why a store could not answer.
public struct LeaseStoreError: Error, Sendable, Hashable {
  /// What can be done about it.
  public enum Kind: Sendable, Hashable {
    /// It may pass: a broken connection, a restart, a full disk. The table tries again, with the same
    /// owner, for as long as that is safe.
    case transient
    /// Only people can mend it: no rights, no such database, a directory that is none. The table
    /// throws it at once.
    case configuration
    /// The task was cancelled before there was an answer. The request may have been carried out.
    case cancelled
  }

  /// What can be done about it.
  public var kind: Kind
  /// What was wrong, as one sentence without a full stop.
  public var message: String
  /// The engine's code for it, such as an SQLSTATE or the name of an error number.
  public var code: String?

  /// Makes an error.
  public init(_ kind: Kind, _ message: String, code: String? = nil) {
    self.kind = kind
    self.message = message
    self.code = code
  }
}

extension LeaseStoreError: CustomStringConvertible {
  /// The message, and the code in parentheses.
  public var description: String { code.map { "\(message) (\($0))" } ?? message }
}
