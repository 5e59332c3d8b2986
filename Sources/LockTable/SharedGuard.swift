public import CLockTable

extension LockTable {
  /// One key, held shared: others may hold it shared at the same time, and nobody exclusively. The
  /// key is released when the guard is: by ``release()``, or at the end of the scope that owns it.
  ///
  ///     let guardian = locks.acquireShared("account-42")
  ///     …
  ///     guardian.release()
  ///
  /// All that is said of ``LockTable/Guard`` holds of it. It can't be made exclusive:
  /// ``LockTable/Guard/downgrade()`` says why, and what to write instead.
  public struct SharedGuard: ~Copyable, @unchecked Sendable {
    // Sound to send: as with Guard.
    @usableFromInline let hold: lt_hold_t

    @inlinable
    init(_ hold: lt_hold_t) {
      self.hold = hold
    }

    @inlinable
    deinit {
      lt_release_shared(hold)
    }

    /// Releases the key now. The last of a key's readers to do so wakes the writer that waits.
    @inlinable
    public consuming func release() {}

    /// Is this a hold of `key` in `table`? As ``LockTable/Guard/isHold(of:in:)``.
    @inlinable
    public borrowing func isHold(of key: Key, in table: LockTable) -> Bool {
      table.isHold(hold, of: key)
    }
  }
}
