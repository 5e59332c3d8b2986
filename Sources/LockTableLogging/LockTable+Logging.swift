#if Logging
  public import LockTable
  public import Logging

  extension LockTable {
    /// Logs slow waits, long holds and suspected deadlocks, each in one line.
    ///
    /// | what | level by default | once for |
    /// |---|---|---|
    /// | a slow wait | `warning` | each wait that has lasted for `slowWaits`, and its end |
    /// | a long hold | `warning` | each hold that has lasted for `longHolds`, and its end |
    /// | a suspected deadlock | `error` | each cycle of acquirers |
    ///
    /// The message is the event's description: a sentence that names the key, its table, the waiter
    /// and the holders, and for each of them the label, the place in the code and the time. That of a
    /// deadlock is
    ///
    ///     suspected deadlock of 2: task 1f2e3d4c (request 7) waits for a of "accounts" (exclusive)
    ///     at Server/Transfers.swift:42, held since Server/Transfers.swift:40 by task 5a6b7c8d
    ///     (request 8); task 5a6b7c8d (request 8) waits for …
    ///
    /// The metadata has each of these in a value of its own:
    ///
    /// | key | value |
    /// |---|---|
    /// | `lock.table` | the table's name, if it has one |
    /// | `lock.key` | the key in words, as in `LockTableSnapshot.Entry.name` |
    /// | `lock.mode` | `exclusive`, `shared` |
    /// | `lock.acquirer.kind` | `thread`, `task` |
    /// | `lock.acquirer.id` | a thread's number, as in `top -H`; a task's, in hexadecimal digits |
    /// | `lock.acquirer.name` | its name, if it has one |
    /// | `lock.call_site` | where it acquires: `Server/Transfers.swift:42` |
    /// | `lock.label` | what it acquires for, if it has a label |
    /// | `lock.milliseconds` | how long the acquirer has held the key, or waited for it |
    /// | `lock.waiting` | the number of waiters of the key |
    /// | `lock.acquired` | of the end of a slow wait: `true` if the waiter has the key |
    /// | `lock.holders` | of a slow wait: a dictionary for each holder |
    /// | `lock.waits` | of a deadlock: a dictionary for each wait |
    /// | `lock.blocker` | of such a wait: a dictionary of the acquirer that is in the way |
    /// | `lock.blocker_holds` | of such a wait: `true` if the blocker holds the key |
    ///
    /// Each dictionary has mode, acquirer, call site, label and milliseconds; that of a wait also
    /// has the key and its table. A blocker that does not hold the key is a writer before this
    /// reader in the queue (`false`).
    ///
    /// Keys and names are escaped and bounded as in a snapshot, so that none of them adds a line to
    /// a log that is plain text. `LockTableConfiguration.describeKey` decides how keys are shown.
    ///
    /// The call uses `onSlowWait`, `onLongHold` and `onSuspectedDeadlock`, and costs what they
    /// cost. The hooks log on the table's own thread, so that a slow log handler delays no
    /// acquisition. Logging goes on until its hook is removed, or as long as the table exists, and
    /// each call adds to it. Without the table's diagnostics, only slow waits are logged.
    ///
    /// - Parameters:
    ///   - logger: The destination, with the level and the metadata that it has at the call.
    ///   - slowWaits: How long a wait must last to be logged. Nil logs none.
    ///   - longHolds: How long a hold must last to be logged. Nil logs none, and then the table
    ///     inspects only keys that have waiters.
    ///   - slowWaitLevel: The level of slow waits.
    ///   - longHoldLevel: The level of long holds.
    ///   - deadlockLevel: The level of suspected deadlocks.
    /// - Returns: A handle to stop this logging.
    @discardableResult
    public func logDiagnostics(
      to logger: Logger, slowWaits: Duration? = .seconds(1), longHolds: Duration? = nil,
      slowWaitLevel: Logger.Level = .warning, longHoldLevel: Logger.Level = .warning,
      deadlockLevel: Logger.Level = .error
    ) -> LockHook {
      let waits = slowWaits.map { threshold in
        onSlowWait(threshold: threshold) { wait in
          logger.log(level: slowWaitLevel, "\(wait)", metadata: wait.metadata)
        }
      }
      let holds = longHolds.map { threshold in
        onLongHold(threshold: threshold) { hold in
          logger.log(level: longHoldLevel, "\(hold)", metadata: hold.metadata)
        }
      }
      let deadlocks = onSuspectedDeadlock { deadlock in
        logger.log(level: deadlockLevel, "\(deadlock)", metadata: deadlock.metadata)
      }
      return LockHook {
        waits?.remove()
        holds?.remove()
        deadlocks.remove()
      }
    }
  }

  extension SemaphoreTable {
    /// Logs slow waits and long holds, as the same method of a `LockTable` does. No cycle of waits
    /// for permits is a deadlock for certain, so none is logged.
    @discardableResult
    public func logDiagnostics(
      to logger: Logger, slowWaits: Duration? = .seconds(1), longHolds: Duration? = nil,
      slowWaitLevel: Logger.Level = .warning, longHoldLevel: Logger.Level = .warning
    ) -> LockHook {
      locks.logDiagnostics(
        to: logger, slowWaits: slowWaits, longHolds: longHolds, slowWaitLevel: slowWaitLevel,
        longHoldLevel: longHoldLevel)
    }
  }

  extension SlowLockWait {
    fileprivate var metadata: Logger.Metadata {
      var metadata = waiter.metadata
      metadata["lock.key"] = "\(key.name)"
      metadata["lock.table"] = key.printableTableName.map { .string($0) }
      if isOver {
        metadata["lock.acquired"] = state == .acquired ? "true" : nil
        return metadata
      }
      metadata["lock.holders"] = .array(key.holders.map { .dictionary($0.metadata) })
      metadata["lock.waiting"] = "\(key.waiterCount)"
      return metadata
    }
  }

  extension LongLockHold {
    fileprivate var metadata: Logger.Metadata {
      var metadata = holder.metadata
      metadata["lock.key"] = "\(key.name)"
      metadata["lock.table"] = key.printableTableName.map { .string($0) }
      metadata["lock.waiting"] = isOver ? nil : "\(key.waiterCount)"
      return metadata
    }
  }

  extension SuspectedDeadlock {
    fileprivate var metadata: Logger.Metadata {
      let waits = waits.map { wait in
        var metadata = wait.waiter.metadata
        metadata["lock.key"] = "\(wait.name)"
        metadata["lock.table"] = wait.printableTableName.map { .string($0) }
        metadata["lock.blocker"] = .dictionary(wait.blocker.metadata)
        metadata["lock.blocker_holds"] = "\(wait.isHeldByBlocker)"
        return Logger.MetadataValue.dictionary(metadata)
      }
      return ["lock.waits": .array(waits)]
    }
  }

  extension LockParticipant {
    fileprivate var metadata: Logger.Metadata {
      var metadata: Logger.Metadata = ["lock.mode": mode == .shared ? "shared" : "exclusive"]
      if let acquirer {
        metadata["lock.acquirer.kind"] = .string(acquirer.kind)
        metadata["lock.acquirer.id"] = .string(acquirer.number)
        metadata["lock.acquirer.name"] = acquirer.printableName.map { .string($0) }
      }
      metadata["lock.call_site"] = callSite.map { .string($0) }
      metadata["lock.label"] = printableLabel.map { .string($0) }
      if let duration {
        metadata["lock.milliseconds"] = "\(Int64(duration / .milliseconds(1)))"
      }
      return metadata
    }
  }
#endif
