// Hooks for what takes long. Those for holds and deadlocks need the table's diagnostics.

extension LockTable {
  /// Whether the table records holds and waits that begin from now on.
  ///
  /// A table with diagnostics may be switched at any time, from any thread; the call locks each
  /// stripe for a moment. A hold that began while the table did not record is shown without its
  /// holder. One that began while it did is shown with it until it is released. While it does not
  /// record, the hooks report waits without acquirers, no holds, and find no deadlock among them.
  /// Acquisitions then cost two thirds of what they do while it records.
  ///
  /// Always false without ``LockTableConfiguration/diagnostics-swift.property``: the keys of such a
  /// table have no room for records. Setting it to true traps then.
  public var isRecording: Bool {
    get { withExtendedLifetime(self) { core.isRecording } }
    set {
      guard !newValue || hasDiagnostics else {
        fatalError(
          """
          LockTable: isRecording needs a table that was made with a configuration that has \
          diagnostics
          """)
      }
      withExtendedLifetime(self) { core.isRecording = newValue }
    }
  }

  /// Calls `body` for each wait that has lasted for `threshold`, and once more for its end.
  ///
  /// ``SlowLockWait/state-swift.property`` tells the two calls apart: `continues`, then `acquired`
  /// or `ended`. Each comes once for each wait. A wait that ends before the first call has none.
  ///
  /// A thread of the table inspects it once each period, and sleeps while nobody waits. The calls
  /// come at most half the threshold late, or a millisecond if that is longer. The thread holds no
  /// lock while it calls: `body` may use the table, and delays only other such calls while it runs.
  /// The thread inspects the first 64 waiters in each key's queue. While a key has more, no end of a
  /// wait for it is reported.
  ///
  /// Works with and without ``LockTableConfiguration/diagnostics-swift.property``. Without them, or
  /// while the table does not record, the waiters have no names, and the end does not tell whether
  /// the waiter got the key. A task that was handed the key and does not run then counts as one
  /// whose wait is over, and as another one if it has to wait again.
  ///
  /// A hook stays until it is removed, or as long as the table does. A hook that keeps a reference
  /// to the table keeps it alive until then. While the thread inspects the table, `count` and
  /// `isEmpty` may include a key that has neither holders nor waiters.
  ///
  /// If the system refuses the thread, the hook stays nonetheless, and a sentence is printed to
  /// standard error, once for the table. The next hook, ``snapshot()`` and ``statistics()`` try
  /// again. If there is no memory to inspect all keys, some events are reported late.
  ///
  /// - Returns: A handle for the removal of the hook.
  @discardableResult
  public func onSlowWait(
    threshold: Duration, _ body: @escaping @Sendable (SlowLockWait<Key>) -> Void
  ) -> LockHook {
    monitor.onSlowWait(of: self, threshold: threshold, body)
  }

  /// Calls `body` for each hold that has lasted for `threshold`, and once more for its end. Works
  /// as ``onSlowWait(threshold:_:)`` does, but inspects all keys that are held, and the first 64
  /// holders of each. The thread has no rest as long as there is such a hook.
  ///
  /// Needs ``LockTableConfiguration/diagnostics-swift.property``: without them the table does not
  /// know since when a key is held, and `body` is never called.
  @discardableResult
  public func onLongHold(
    threshold: Duration, _ body: @escaping @Sendable (LongLockHold<Key>) -> Void
  ) -> LockHook {
    monitor.onLongHold(of: self, threshold: threshold, body)
  }

  /// Calls `body` once for each cycle of acquirers that wait for each other, or for one acquirer
  /// that waits for itself.
  ///
  /// The search begins only once a wait for a key of this table has lasted for
  /// ``LockTableConfiguration/Diagnostics-swift.struct/deadlockDelay``. It follows the waits through
  /// all tables of the process that have diagnostics, whether or not they have hooks, and covers the
  /// first 64 holders and the first 64 waiters of each key. While a wait is that long, each
  /// inspection also looks at the waited-for keys of all these tables. All waits and holds of a
  /// report exist at the same moment. The deadlock is *suspected*: a guard may have been handed to
  /// another task or thread, which will release it. The calls are made as those of
  /// ``onSlowWait(threshold:_:)`` are. A cycle through several tables is reported to the hooks of
  /// each of them.
  ///
  /// Needs ``LockTableConfiguration/diagnostics-swift.property``: without them the table does not
  /// know which acquirers hold a key, and `body` is never called.
  @discardableResult
  public func onSuspectedDeadlock(
    _ body: @escaping @Sendable (SuspectedDeadlock<Key>) -> Void
  ) -> LockHook {
    monitor.onSuspectedDeadlock(of: self, body)
  }
}
