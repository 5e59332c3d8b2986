internal import LockTable

extension LeaseTable {
  /// The lease of one key, which is held for as long as the guard exists.
  ///
  ///     let held = try await leases.acquire("account-42")
  ///     try await accounts.update(…, fencingToken: held.lease.fencingToken)
  ///     try await held.release()
  ///
  /// A guard can't be copied. It can be sent to another task and be released there. There is no body
  /// that a loss could cancel: look at ``Lease/isValid`` between the steps of long work, or read
  /// ``LeaseTable/events``.
  ///
  /// End a guard by `release()`, which says whether the lease was held to the end. A guard whose
  /// scope ends otherwise gives the lease back in the background, and nobody hears of a loss.
  ///
  /// - Warning: `let _ =` and `_ =` release at once.
  public struct Guard: ~Copyable, Sendable {
    let hold: LeaseHold

    /// The lease.
    public var lease: Lease { hold.lease }

    /// Gives the lease back, to the next caller of this process or to the engine. Waits for the
    /// engine's answer, and does not look at the cancellation of the task. While the engine can't be
    /// reached, it tries for as long as the lease is certain.
    ///
    /// - Throws: ``LeaseLostError`` if the lease was not held to the end, or if that can't be said.
    public consuming nonisolated(nonsending) func release() async throws(LeaseLostError) {
      if let loss = await hold.end() { throw loss.error() }
    }

    /// Does the same for a thread, and blocks it.
    @available(*, noasync, message: "use 'try await'")
    @_disfavoredOverload
    public consuming func release() throws(LeaseLostError) {
      if let loss = hold.endBlocking() { throw loss.error() }
    }

    deinit {
      hold.endInBackground()
    }
  }

  /// The leases of several keys, which are held for as long as the guard exists. All that is said of
  /// ``LeaseTable/Guard`` applies.
  public struct MultiGuard: ~Copyable, Sendable {
    let holds: LeaseHolds

    /// The leases, in the order of the keys that were asked for.
    public var leases: [Lease] { holds.leases }

    /// Gives all leases back.
    ///
    /// - Throws: ``LeaseLostError`` for the first key, in the order of names, whose lease was not held
    ///   to the end.
    public consuming nonisolated(nonsending) func release() async throws(LeaseLostError) {
      if let loss = await holds.end() { throw loss.error() }
    }

    deinit {
      holds.endInBackground()
    }
  }
}
