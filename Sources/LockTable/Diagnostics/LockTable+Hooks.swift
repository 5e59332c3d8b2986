// Being told of what takes long. All of it needs the table's diagnostics.

extension LockTable {
  /// Calls `body` once for each wait that has lasted for `threshold`.
  ///
  /// Within half the threshold again, but not before a millisecond has passed, as a thread of the
  /// table's looks every so often. It holds no lock while it calls: `body` may use the table, and keeps
  /// back only other such calls while it runs. The first 64 in each key's queue are looked at.
  ///
  /// Hooks stay for as long as the table does; one that keeps a reference to it keeps it alive for
  /// ever. While the thread looks, `count` and `isEmpty` may show a key that nobody has any more.
  ///
  /// If the system has no thread to give, the hook stays nonetheless, and a sentence is printed to
  /// standard error, once for the table. The next hook, ``snapshot()`` and ``statistics()`` try again.
  /// Without memory to look at all keys, some events are reported late.
  ///
  /// Traps if the table was made without ``LockTableConfiguration/diagnostics-swift.property``.
  public func onSlowWait(
    threshold: Duration, _ body: @escaping @Sendable (SlowLockWait<Key>) -> Void
  ) {
    requiredInspector().onSlowWait(of: self, threshold: threshold, body)
  }

  /// Calls `body` once for each hold that has lasted for `threshold`. As ``onSlowWait(threshold:_:)``,
  /// but each time looks at all keys that are held.
  public func onLongHold(
    threshold: Duration, _ body: @escaping @Sendable (LongLockHold<Key>) -> Void
  ) {
    requiredInspector().onLongHold(of: self, threshold: threshold, body)
  }

  /// Calls `body` once for each circle of acquirers who wait for each other, or one who waits for
  /// itself.
  ///
  /// Looked for only once a wait has lasted for
  /// ``LockTableConfiguration/Diagnostics-swift.struct/deadlockDelay``. Each wait and each hold of what is
  /// reported exist at the same moment. It is *suspected*: a guard may have been handed to another, who
  /// will release it. Within one table, and of each key among the first 64 who hold it and the first 64
  /// who wait. Called as ``onSlowWait(threshold:_:)`` does.
  public func onSuspectedDeadlock(_ body: @escaping @Sendable (SuspectedDeadlock<Key>) -> Void) {
    requiredInspector().onSuspectedDeadlock(of: self, body)
  }

  private func requiredInspector() -> Inspector<Key> {
    guard let inspector else {
      fatalError(
        "LockTable: a hook needs a table that was made with a configuration that has diagnostics")
    }
    return inspector
  }
}
