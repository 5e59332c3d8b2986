public import CLockTable

extension SemaphoreTable {
  /// Permits of one key. They are given back with the guard, all at once: by ``release()``, or at
  /// the end of the scope that owns the guard.
  ///
  ///     let permit = downloads.acquirePermit(host)
  ///     …
  ///     permit.release()
  ///
  /// All that is said of ``LockTable/LockTable/Guard`` applies: a guard can't be copied, can be
  /// sent to another thread or task and be released there, and may outlive the table. Where a guard
  /// can't be, as in a collection, a ``LockOwner`` takes it over.
  ///
  /// - Warning: `let _ = downloads.acquirePermit(host)` and `_ = …` give it back at once.
  @frozen
  public struct Permit: ~Copyable, @unchecked Sendable {
    // Sound to send: a hold is a value, and the core lets any thread release it, once. ~Copyable
    // keeps it from being released twice.
    @usableFromInline let hold: lt_hold_t
    @usableFromInline let permits: UInt32

    @inlinable
    init(_ hold: lt_hold_t, _ permits: UInt32) {
      self.hold = hold
      self.permits = permits
    }

    @inlinable
    deinit {
      lt_release_permits(hold, permits)
    }

    /// Ends the guard and keeps the hold, which the caller releases.
    @inlinable
    consuming func handOver() -> lt_hold_t {
      let hold = hold
      discard self
      return hold
    }

    /// How many permits these are.
    @inlinable
    public var count: Int { Int(permits) }

    /// Gives the permits back now. The waiters whose turn it is are let in, as far as the permits go.
    @inlinable
    public consuming func release() {}

    /// Returns whether these are permits of `key` in `table`. Works as
    /// ``LockTable/LockTable/Guard/isHold(of:in:)`` does.
    @inlinable
    public borrowing func isHold(of key: Key, in table: SemaphoreTable) -> Bool {
      table.locks.isHold(hold, of: key)
    }
  }
}
