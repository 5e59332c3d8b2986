// Hooks for what takes long. All of them need the table's diagnostics.

extension LockTable {
  /// Whether the table records holds and waits that begin from now on.
  ///
  /// A table with diagnostics may be switched at any time, from any thread; the call locks each
  /// stripe for a moment. A hold that began while the table did not record is shown without its
  /// holder. One that began while it did is shown with it until it is released. While it does not
  /// record, the hooks report waits and holds without acquirers, and find no deadlock among them.
  /// Acquisitions then cost two thirds of what they do while it records.
  ///
  /// Always false without ``LockTableConfiguration/diagnostics-swift.property``: the keys of such a
  /// table have no room for records. Setting it to true traps then.
  public var isRecording: Bool {
    get { withExtendedLifetime(self) { core.isRecording } }
    set {
      guard newValue else { return withExtendedLifetime(self) { core.isRecording = false } }
      _ = requiredMonitor()
      withExtendedLifetime(self) { core.isRecording = true }
    }
  }

  /// Calls `body` once for each wait that has lasted for `threshold`.
  ///
  /// A thread of the table inspects it once each period. The call comes at most half the threshold
  /// late, or a millisecond if that is longer. The thread holds no lock while it calls: `body` may
  /// use the table, and delays only other such calls while it runs. The thread inspects the first
  /// 64 waiters in each key's queue.
  ///
  /// A hook stays as long as the table does. A hook that keeps a reference to the table keeps it
  /// alive for ever. While the thread inspects the table, `count` and `isEmpty` may include a key
  /// that has neither holders nor waiters.
  ///
  /// If the system refuses the thread, the hook stays nonetheless, and a sentence is printed to
  /// standard error, once for the table. The next hook, ``snapshot()`` and ``statistics()`` try
  /// again. If there is no memory to inspect all keys, some events are reported late.
  ///
  /// Traps if the table was made without ``LockTableConfiguration/diagnostics-swift.property``.
  public func onSlowWait(
    threshold: Duration, _ body: @escaping @Sendable (SlowLockWait<Key>) -> Void
  ) {
    requiredMonitor().onSlowWait(of: self, threshold: threshold, body)
  }

  /// Calls `body` once for each hold that has lasted for `threshold`. Works as
  /// ``onSlowWait(threshold:_:)`` does, but inspects all keys that are held.
  public func onLongHold(
    threshold: Duration, _ body: @escaping @Sendable (LongLockHold<Key>) -> Void
  ) {
    requiredMonitor().onLongHold(of: self, threshold: threshold, body)
  }

  /// Calls `body` once for each cycle of acquirers that wait for each other, or for one acquirer
  /// that waits for itself.
  ///
  /// The search begins only once a wait has lasted for
  /// ``LockTableConfiguration/Diagnostics-swift.struct/deadlockDelay``. All waits and holds of a
  /// report exist at the same moment. The deadlock is *suspected*: a guard may have been handed to
  /// another task or thread, which will release it. The search covers one table, and the first 64
  /// holders and the first 64 waiters of each key. The calls are made as those of
  /// ``onSlowWait(threshold:_:)`` are.
  public func onSuspectedDeadlock(_ body: @escaping @Sendable (SuspectedDeadlock<Key>) -> Void) {
    requiredMonitor().onSuspectedDeadlock(of: self, body)
  }

  private func requiredMonitor() -> DiagnosticsMonitor<Key> {
    guard let monitor else {
      fatalError(
        "LockTable: a hook needs a table that was made with a configuration that has diagnostics")
    }
    return monitor
  }
}
