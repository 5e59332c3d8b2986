public import CLockTable

extension LockTable {
  /// One key, held shared: other callers may hold it shared at the same time, and none exclusively.
  /// The key is released with the guard: by ``release()``, or at the end of the scope that owns the
  /// guard.
  ///
  ///     let held = locks.acquireShared("account-42")
  ///     …
  ///     held.release()
  ///
  /// All that is said of ``LockTable/Guard`` applies. A shared hold cannot be upgraded:
  /// ``LockTable/Guard/downgrade()`` says why, and what to write instead.
  @frozen
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

    /// Ends the guard and keeps the hold, which the caller releases.
    @inlinable
    consuming func handOver() -> lt_hold_t {
      let hold = hold
      discard self
      return hold
    }

    /// Releases the key now. When the last reader releases the key, the writer that waits is woken
    /// or handed the key.
    @inlinable
    public consuming func release() {}

    /// Returns whether this is a hold of `key` in `table`. Works as
    /// ``LockTable/Guard/isHold(of:in:)`` does.
    @inlinable
    public borrowing func isHold(of key: Key, in table: LockTable) -> Bool {
      table.isHold(hold, of: key)
    }
  }
}
