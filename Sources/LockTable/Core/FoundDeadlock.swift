/// A cycle of waits that was confirmed, whatever the keys of their tables are.
struct FoundDeadlock {
  struct Wait {
    var table: any MonitoredTable
    var key: WaitedKeys.Key
    var tableName: String?
    var waiter: LockParticipant
    var blocker: LockParticipant
    var isHeldByBlocker: Bool
  }

  var waits: [Wait]
  /// The wait that was failed to end the deadlock.
  var failed: Int?

  /// The cycle for the error of one of the waits, which comes first.
  func links(from first: Int) -> [LockTableError.Link] {
    (waits[first...] + waits[..<first]).map { wait in
      LockTableError.Link(
        waiter: wait.waiter, key: wait.key.name, tableName: wait.tableName, blocker: wait.blocker,
        isHeldByBlocker: wait.isHeldByBlocker)
    }
  }
}

extension SuspectedDeadlock {
  /// As the hooks of one of the tables see it.
  init(_ deadlock: FoundDeadlock, of table: LockTable<Key>) {
    waits = deadlock.waits.map { wait in
      let isOwn = wait.table === table
      return Wait(
        key: isOwn ? wait.key.key as? Key : nil, name: wait.key.name, tableName: wait.tableName,
        isInOtherTable: !isOwn, waiter: wait.waiter, blocker: wait.blocker,
        isHeldByBlocker: wait.isHeldByBlocker)
    }
    failedWait = deadlock.failed.map { waits[$0] }
  }

  /// What tells this deadlock from others. The blockers don't count: an acquirer can block another
  /// by more than one hold of a key.
  var identity: Set<UInt64> { Set(waits.map(\.waiter.serial)) }
}
