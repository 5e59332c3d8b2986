public import CLockTable

extension LockTable {
  /// One key, held in a mode that was chosen at run time: what `acquire(_:mode:)` returns. The key
  /// is released with the guard: by ``release()``, or at the end of the scope that owns the guard.
  ///
  ///     let held = locks.acquire("account-42", mode: request.writes ? .exclusive : .shared)
  ///     …
  ///     held.release()
  ///
  /// All that is said of ``LockTable/Guard`` applies. The type of this guard does not say the mode,
  /// so it is no proof of an exclusive hold, and has no `downgrade()`. Where the code knows the
  /// mode, `acquire(_:)` returns a ``Guard`` and `acquireShared(_:)` a ``SharedGuard``.
  @frozen
  public struct AnyGuard: ~Copyable, @unchecked Sendable {
    // Sound to send: as with Guard. The place is marked with the mode.
    @usableFromInline let hold: lt_hold_t

    @inlinable
    init(_ hold: lt_hold_t, mode: LockMode) {
      self.hold = hold.marked(mode)
    }

    @inlinable
    deinit {
      mode.release(hold.unmarked(mode))
    }

    /// The mode in which the key is held.
    @inlinable
    public var mode: LockMode { hold.mode }

    /// Ends the guard and keeps the hold, which the caller releases.
    @inlinable
    consuming func handOver() -> lt_hold_t {
      let hold = hold.unmarked(mode)
      discard self
      return hold
    }

    /// Releases the key now. The waiters that may have it then are woken or handed the key.
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
