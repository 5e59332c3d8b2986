internal import CLockTable

extension LockTable {
  /// A place in line for a key. `enqueue(_:)` makes it, now, and a task comes to wait later.
  ///
  ///     let turn = locks.enqueue("order-7")  // in a callback
  ///     …
  ///     let held = try await turn.acquired()  // in any task
  ///
  /// What is promised of a turn:
  ///
  /// - Turns of one key are handed it in the order in which they were made, and stand in the same
  ///   queue as all other waiters. A turn passes no waiter that is in line before it. Under
  ///   ``LockTableConfiguration/Fairness/adaptive`` other callers may barge past a turn that is not
  ///   the first in line. Past the first they may not, but for the moment in which a hold ends that
  ///   began when nobody waited.
  /// - When its time comes, the turn is handed the key, whether or not a task awaits it. Nobody
  ///   else has the key until it is claimed and released, or the turn ends. So come soon, or make
  ///   turns with a limit: `timeout:` or `until:`.
  /// - A turn that is not claimed ends with its last reference, by ``cancel()``, at its limit, or
  ///   with the cancellation of the task that awaits it. It leaves the queue, or passes on the key.
  /// - Once ``acquired()`` has returned or thrown, the turn is over. Until then, or until the last
  ///   reference goes, the table keeps the key of a turn that was cancelled, refused or late: it
  ///   counts in ``LockTable/LockTable/count``.
  ///
  /// A turn is an object: a closure or a collection may keep it. It keeps its table. It is not a
  /// part of ``KeyedLocking``, whose stand-ins in tests have no line.
  public final class Turn: Sendable {
    /// The key that this is a place in line for.
    public let key: Key

    private let table: LockTable
    private let wait: LimitedWait
    private let core: CoreTurn

    init(of key: Key, in table: LockTable, _ wait: LimitedWait) {
      self.key = key
      self.table = table
      self.wait = wait.on(table.clock)
      core = CoreTurn(of: table.pinned(key), self.wait)
    }

    // With the last reference no task awaits it, and nobody cancels it.
    deinit {
      wait.alarm?.detach()
      core.drop()
    }

    /// Waits until it is this turn's time, and returns the guard of the key.
    ///
    /// Suspends the task unless the turn has been handed the key already. Stays on the caller's
    /// actor, and blocks no thread. Call it once: a turn has one guard to give, and a second call
    /// traps.
    ///
    /// - Throws: `CancellationError`, holding nothing, if the task is cancelled before this
    ///   returns, or the turn was cancelled. ``LockTableError``, likewise: the table was closed
    ///   before the turn was handed the key, more callers waited than may, the turn's limit has
    ///   passed, or there is no timer for its limit. In each case the turn is over.
    /// - Warning: `let _ =` and `_ =` release at once. See ``LockTable/Guard``.
    public nonisolated(nonsending) func acquired() async throws -> Guard {
      let observed = core.isInLine ? observeWait() : nil
      await core.wait()
      wait.alarm?.stop()
      let hold = core.end()
      observed?.end(hold, joined: core.joined)
      guard hold.place != nil else {
        throw table.anyError(
          for: WaitFailure(status: hold.status, wait: wait, joined: core.joined), key: key)
      }
      return Guard(try hold.unlessCancelled(.exclusive))
    }

    private func observeWait() -> ObservedSuspension? {
      guard table.observesWaits else { return nil }
      let pin = table.pinned(key)
      defer { lt_unpin(pin) }
      return table.observeWait(for: pin)
    }

    /// Runs `body` while holding the key, once it is this turn's time.
    ///
    /// Waits as ``acquired()`` does, and counts as its one call. The key is released when `body`
    /// has returned or thrown.
    ///
    /// - Throws: What ``acquired()`` throws, without running `body`; and what `body` throws.
    public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
      _ body: nonisolated(nonsending) () async throws(Failure) -> Result
    ) async throws -> Result {
      let held = try await acquired()
      let result = try await body()
      held.release()
      return result
    }

    /// Ends the turn: it leaves the queue, or passes on the key if it has it and the key is not
    /// claimed yet. ``acquired()`` then throws `CancellationError`, also in a task that waits there
    /// now. Does nothing if the turn is over. Any thread or task may call this, at any time.
    public func cancel() {
      core.cancel()
    }
  }
}
