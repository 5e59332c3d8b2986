public import CLockTable

extension LockTable {
  /// One key, held exclusively. The key is released with the guard: by ``release()``, or at the end
  /// of the scope that owns the guard.
  ///
  ///     let held = locks.acquire("account-42")
  ///     …
  ///     held.release()
  ///
  /// A guard can't be copied, so a key can't be released twice. A guard can be sent to another
  /// thread or task and be released there, and may outlive the table. A guard is two words, owns no
  /// memory, and does not keep the table alive.
  ///
  /// Whatever ends the scope releases the key, a thrown error too, so no `defer` is needed.
  /// `defer { held.release() }`, `Task { held.release() }`, `[ID: Guard]` and `AsyncStream<Guard>`
  /// don't compile: what can't be copied can't be consumed by a closure that may run twice, or be
  /// an element. A ``LockOwner`` takes over the guard, and can be in all of these places.
  ///
  /// - Warning: `let _ = locks.acquire(key)`, `_ = locks.acquire(key)` and `if let _ = …` release
  ///   at once, before the next line runs. Bind a guard to a name and end its scope with
  ///   `release()`.
  /// - Warning: `Task { try await locks.acquire(key) }` releases at once, too, as does
  ///   `retry { try await locks.acquire(key) }` with a generic function of yours. The result of
  ///   such a function can be copied, so it is no guard. Swift infers `()` and warns that the guard
  ///   is unused. Return `LockOwner(try await locks.acquire(key))`.
  /// - Warning: `async let held = locks.acquire(key)` does not work with Swift 6.3, nor does an
  ///   `async let` of any other type that can't be copied. Its uses don't compile. If it has no
  ///   use, it does compile, with a warning, and the process ends when the scope does. Write
  ///   `async let owner = LockOwner(locks.acquire(key))`.
  @frozen  // Otherwise downgrade() could not be inlined.
  public struct Guard: ~Copyable, @unchecked Sendable {
    // Sound to send: a hold is a value, and the core lets any thread release it, once. ~Copyable
    // keeps it from being released twice.
    @usableFromInline let hold: lt_hold_t

    @inlinable
    init(_ hold: lt_hold_t) {
      self.hold = hold
    }

    @inlinable
    deinit {
      lt_release(hold)
    }

    /// Ends the guard and keeps the hold, which the caller releases.
    @inlinable
    consuming func handOver() -> lt_hold_t {
      let hold = hold
      discard self
      return hold
    }

    /// Releases the key now. The first waiter is woken or handed the key. If that waiter is a
    /// reader, so are the readers next to it in the queue.
    @inlinable
    public consuming func release() {}

    /// Returns whether this is a hold of `key` in `table`. A function that takes a guard as proof
    /// can check the guard, as in `precondition(held.isHold(of: account, in: locks))`: the type of
    /// a guard says which kind of key is held, and neither which table nor which key.
    ///
    /// The answer is exact, because the guard keeps its hold for as long as it exists. The call
    /// costs what ``LockTable/isLocked(_:)`` does: a look-up. A key that Swift compares is compared
    /// with no lock held.
    @inlinable
    public borrowing func isHold(of key: Key, in table: LockTable) -> Bool {
      table.isHold(hold, of: key)
    }

    /// Keeps holding the key, but shared. Never waits, and lets in the readers at the head of the
    /// queue. Use this in a writer that goes on reading what no other writer may change meanwhile.
    ///
    /// A shared hold cannot be upgraded: two readers that both wanted to would each wait for the
    /// other to leave, for ever. Release the shared hold, acquire exclusively, and check again what
    /// was read, which may have changed in between. Where a write is likely, acquire exclusively at
    /// once.
    @inlinable
    public consuming func downgrade() -> SharedGuard {
      let hold = hold
      discard self
      return SharedGuard(lt_downgrade(hold))
    }
  }

  /// Several keys, each held exclusively or shared. The keys are released together, with the guard:
  /// by ``release()``, or at the end of the scope that owns the guard. All that is said of
  /// ``LockTable/Guard`` applies, except that this guard owns an allocation of 16 bytes a key.
  @frozen
  public struct MultiGuard: ~Copyable, Sendable {
    // The holds release themselves when the guard ends.
    @usableFromInline let holds: MultiHold

    @inlinable
    init(_ holds: consuming MultiHold) {
      self.holds = holds
    }

    /// The number of different keys held, in either mode.
    @inlinable
    public var count: Int { holds.count }

    /// Ends the guard and keeps the holds, which the caller releases and deallocates.
    @inlinable
    consuming func handOver() -> UnsafeMutablePointer<lt_hold_t> { holds.handOver() }

    /// Releases all keys now.
    @inlinable
    public consuming func release() {}

    /// Returns whether one of the holds is a hold of `key` in `table`. Works as
    /// ``LockTable/Guard/isHold(of:in:)`` does, and checks each of the holds.
    @inlinable
    public borrowing func isHold(of key: Key, in table: LockTable) -> Bool {
      holds.withElements { table.isHold($0, of: key) }
    }
  }
}
