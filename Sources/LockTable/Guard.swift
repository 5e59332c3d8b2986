public import CLockTable

extension LockTable {
  /// One key, held. The key is released when the guard is: by ``release()``, or at the end of the
  /// scope that owns it.
  ///
  ///     let guardian = locks.acquire("account-42")
  ///     …
  ///     guardian.release()
  ///
  /// A guard can't be copied, so a key can't be released twice. It can be sent to another thread or
  /// task and be released there, and it may outlive the table. It is two words, owns no memory, and
  /// does not keep the table alive.
  ///
  /// - Warning: `let _ = locks.acquire(key)`, `_ = locks.acquire(key)` and `if let _ = …` release at
  ///   once, before the next line runs. Bind a guard to a name and end its scope with `release()`.
  public struct Guard: ~Copyable, @unchecked Sendable {
    // Sound to send: a hold is a value, and the core lets any thread release it, once, which
    // ~Copyable sees to.
    @usableFromInline let hold: lt_hold_t

    @inlinable
    init(_ hold: lt_hold_t) {
      self.hold = hold
    }

    @inlinable
    deinit {
      lt_release(hold)
    }

    /// Releases the key now. If others wait for it, one of them is woken.
    @inlinable
    public consuming func release() {}
  }

  /// Several keys, held. They are released together when the guard is: by ``release()``, or at the
  /// end of the scope that owns it. All that is said of ``LockTable/Guard`` holds of it, but that it
  /// owns an allocation of 16 bytes a key.
  public struct MultiGuard: ~Copyable, @unchecked Sendable {
    // Sound to send: as with Guard; the buffer has no other owner.
    @usableFromInline let holds: HoldBuffer

    @inlinable
    init(_ holds: HoldBuffer) {
      self.holds = holds
    }

    @inlinable
    deinit {
      holds.releaseAll()
    }

    /// The number of different keys held.
    @inlinable
    public var count: Int { holds.count }

    /// Releases all keys now.
    @inlinable
    public consuming func release() {}
  }
}
