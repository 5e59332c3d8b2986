/// A hook of a ``LockTable``, for its removal. See ``LockTable/LockTable/onSlowWait(threshold:_:)``.
///
/// The handle keeps neither the hook nor the table: a hook stays until it is removed or its table
/// ends, whether or not there is a handle.
public struct LockHook: Sendable {
  private let removal: @Sendable () -> Void

  package init(removal: @escaping @Sendable () -> Void) {
    self.removal = removal
  }

  /// Removes the hook. Does nothing if that was done before, or if the table has ended.
  ///
  /// After the call has returned, no call of the hook begins. A call that has begun on the table's
  /// thread may still be in progress: the hook may remove itself, so this call does not wait for
  /// it. What the hook refers to is released once no call is in progress.
  public func remove() {
    removal()
  }
}
