public import CLockTable

extension LockTable {
  /// One key, held exclusively. The key is released when the guard is: by ``release()``, or at the
  /// end of the scope that owns it.
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
  @frozen  // Without which downgrade() could not be inlined.
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

    /// Releases the key now. If others wait for it, the first of them is woken, with those next to
    /// it if they are readers.
    @inlinable
    public consuming func release() {}

    /// Is this a hold of `key` in `table`? For a function that takes the guard as proof, as in
    /// `precondition(held.isHold(of: account, in: locks))`: its type says which kind of key is held, and
    /// neither the table nor the key.
    ///
    /// Exact, as the guard holds what it holds for as long as it exists. Costs what
    /// ``LockTable/isLocked(_:)`` does: a look-up, in which a key that Swift compares is compared with no
    /// lock held.
    @inlinable
    public borrowing func isHold(of key: Key, in table: LockTable) -> Bool {
      table.isHold(hold, of: key)
    }

    /// Goes on holding the key, but shared. Waits for nobody, and lets the readers in that are first
    /// in the queue: for who has written, and goes on reading what nobody may change meanwhile.
    ///
    /// There is no way back up: two readers who both wanted to become the writer would each wait for
    /// the other to leave, for ever. Release the shared hold, acquire exclusively, and check again
    /// what was read, which may have changed in between; or, where a write is likely, acquire
    /// exclusively at once.
    @inlinable
    public consuming func downgrade() -> SharedGuard {
      let hold = hold
      discard self
      return SharedGuard(lt_downgrade(hold))
    }
  }

  /// Several keys, held, each exclusively or shared. They are released together when the guard is:
  /// by ``release()``, or at the end of the scope that owns it. All that is said of
  /// ``LockTable/Guard`` holds of it, but that it owns an allocation of 16 bytes a key.
  @frozen
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

    /// The number of different keys held, either way.
    @inlinable
    public var count: Int { holds.count }

    /// For a scope that releases them itself.
    @inlinable
    consuming func takeHolds() -> HoldBuffer {
      let holds = holds
      discard self
      return holds
    }

    /// Releases all keys now.
    @inlinable
    public consuming func release() {}

    /// Is one of its holds a hold of `key` in `table`? As ``LockTable/Guard/isHold(of:in:)``; looks at each
    /// of its holds.
    @inlinable
    public borrowing func isHold(of key: Key, in table: LockTable) -> Bool {
      table.isHold(holds.elements, of: key)
    }
  }
}
