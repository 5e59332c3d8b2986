/// The reason why a lease was not acquired, other than a cancellation of the task. Nothing is held,
/// and nothing of the call is left behind at the engine.
///
/// `description` is one sentence, with the key, the namespace, the limit, and the holder if the
/// engine knows it: `account-42 of "orders" was not free within 500 ms; held by process 4711 of
/// web-3`.
public struct LeaseError: Error, Sendable {
  /// Why the lease was not acquired. Later versions may have more reasons.
  public enum Reason: String, Sendable, Hashable {
    /// The key was not free before the time was up.
    case timedOut
    /// There are as many callers waiting already as the table's configuration allows.
    case tooManyWaiters
    /// ``LeaseTable/run()`` does not run: it has ended, or was not called for
    /// ``LeaseConfiguration/startTimeout``.
    case notRunning
    /// The engine refuses in a way that waiting does not mend. See ``LeaseError/storeError``.
    case storeRefuses
    /// The engine did not answer before the time was up. See ``LeaseError/storeError``.
    case storeUnavailable
    /// The name of the key is longer than ``LeaseName/maximumLength``.
    case keyTooLong
  }

  /// Why the lease was not acquired.
  public var reason: Reason
  /// The key in words, on one line and safe to print.
  public var key: String
  /// The namespace of the table.
  public var namespace: String
  /// How long the call waited.
  public var waited: Duration
  /// How long the call was allowed to wait. Nil for a form without a limit.
  public var limit: Duration?
  /// The owner that had the key when the store was last asked. A process that holds the key here is
  /// this process.
  public var holder: LeaseOwner?
  /// What the engine said, if it refused or did not answer.
  public var storeError: LeaseStoreError?

  /// Makes an error, for a test double too.
  public init(
    _ reason: Reason, key: String, namespace: String, waited: Duration = .zero,
    limit: Duration? = nil, holder: LeaseOwner? = nil, storeError: LeaseStoreError? = nil
  ) {
    self.reason = reason
    self.key = key
    self.namespace = namespace
    self.waited = waited
    self.limit = limit
    self.holder = holder
    self.storeError = storeError
  }
}

/// A lease was lost before its holder released it, or nobody knows whether it was.
///
/// From some moment on, which may be long before this error, another process may have held the key.
/// What the holder wrote meanwhile is in order only if the resource compares fencing tokens.
public struct LeaseLostError: Error, Sendable {
  /// How the loss came about. Later versions may have more reasons.
  public enum Reason: String, Sendable, Hashable {
    /// No renewal had succeeded for two thirds of the duration.
    case notRenewed
    /// The engine says that the lease has another owner, or none.
    case taken
    /// The release could not be confirmed while the lease was certain.
    case notConfirmed
    /// ``LeaseTable/run()`` has ended, and the holder went on for more than a third of the duration.
    case runEnded
    /// The holder itself has released the lease, and asks whether it is valid.
    case released
  }

  /// How the loss came about.
  public var reason: Reason
  /// The key in words, on one line and safe to print.
  public var key: String
  /// The namespace of the table.
  public var namespace: String
  /// The fencing token of the lease that was lost.
  public var fencingToken: Int64
  /// What the body returned, if it returned. The work is done then, and may have overlapped with that
  /// of another process.
  public var value: (any Sendable)?
  /// What the body threw, if it threw: as a rule a `CancellationError`, since the loss cancels it.
  public var bodyError: (any Error)?

  /// Makes an error, for a test double too.
  public init(
    _ reason: Reason, key: String, namespace: String, fencingToken: Int64,
    value: (any Sendable)? = nil, bodyError: (any Error)? = nil
  ) {
    self.reason = reason
    self.key = key
    self.namespace = namespace
    self.fencingToken = fencingToken
    self.value = value
    self.bodyError = bodyError
  }
}
