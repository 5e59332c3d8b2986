/// What happens to the leases of a ``LeaseTable``, and to its connection.
public enum LeaseEvent: Sendable {
  /// The engine can't be reached. Leases stay valid until their ``Lease/validUntil``.
  case suspended(LeaseStoreError)
  /// The engine can be reached again, and the leases that are still held were renewed.
  case resumed
  /// A lease was lost while it was held. Its body was cancelled.
  case lost(LeaseLostError)
}
