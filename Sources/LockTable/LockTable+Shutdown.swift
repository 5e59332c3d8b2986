internal import CLockTable

// The orderly end of a table's service. What ends with the last reference to a table is in its
// `deinit`.

extension LockTable {
  /// Closes the table: from now on, each form that can throw a ``LockTableError`` throws one with
  /// the reason ``LockTableError/Reason/closed``, whether or not its key is free. Waits of such
  /// forms, of threads and of tasks, end at once with the same error.
  ///
  /// This is for a server that shuts down. Requests fail at once instead of waiting for keys, and
  /// what has begun comes to its end:
  /// - The `IfAvailable` forms return nil.
  /// - Forms that throw nothing of their own go on, new ones as well as waiting ones: the blocking
  ///   forms without a limit, and `withUncancellableLock(_:_:)`, which clean-up uses.
  /// - Holders keep their keys, and release or downgrade them as always. A call for several keys
  ///   that fails gives back the keys that it has.
  ///
  /// A call that is in progress on another thread may still get its key. When `close()` has returned,
  /// no wait that can fail is left, and calls that begin after that fail.
  ///
  /// A table stays closed. To close it once more does nothing. ``drained(until:)`` tells when the
  /// last holder has left.
  ///
  /// The call never waits for a holder. It locks each stripe for a moment, and the stripes that were
  /// not used before take memory from then on: 256 bytes each. Calls that wait for nothing pay
  /// nothing for this feature.
  public func close() {
    withExtendedLifetime(self) { core.shutDown() }
  }

  /// Whether ``close()`` was called.
  public var isClosed: Bool {
    withExtendedLifetime(self) { core.isShutDown }
  }

  /// Waits until nobody holds a key or waits for one, but not longer than `deadline`.
  ///
  ///     locks.close()
  ///     let isDrained = await locks.drained(until: .now + .seconds(20))
  ///
  /// The table need not be closed. If it is not, others may acquire keys when this returns.
  ///
  /// The call looks at the table again and again, with pauses that grow from 1 ms to 32 ms. A look
  /// costs what ``isEmpty`` costs. If the task is cancelled, the call returns early. A deadline that
  /// has passed looks once.
  ///
  /// - Returns: Whether no key was held, waited for, or pinned by a call in progress, at the last
  ///   look.
  public nonisolated(nonsending) func drained(until deadline: ContinuousClock.Instant) async -> Bool
  {
    await comesTrue(until: deadline) { isEmpty }
  }
}

/// Looks again and again until the condition is met, but not later than `deadline`. Returns what the
/// last look found. Ends early if the task is cancelled.
nonisolated(nonsending) func comesTrue(
  until deadline: ContinuousClock.Instant, _ condition: () -> Bool
) async -> Bool {
  var pause = Duration.milliseconds(1)
  while !condition() {
    let left = ContinuousClock.now.duration(to: deadline)
    guard left > .zero else { return false }
    do {
      try await Task.sleep(for: min(pause, left))
    } catch {
      return condition()
    }
    pause = min(pause * 2, .milliseconds(32))
  }
  return true
}
