#if Logging
  public import LockTable
  public import Logging

  extension LockTable {
    /// Logs slow waits, long holds and suspected deadlocks.
    ///
    /// | what | level | once for |
    /// |---|---|---|
    /// | a slow wait | `debug` | each wait that has lasted for `slowWaits`, and its end |
    /// | a long hold | `debug` | each hold that has lasted for `longHolds`, and its end |
    /// | a suspected deadlock | `warning` | each cycle of acquirers |
    ///
    /// The metadata names the key, the acquirer, the mode and the duration, each in a value of its
    /// own:
    ///
    /// | key | value |
    /// |---|---|
    /// | `lock.key` | the key, or its identity, as in `LockTableSnapshot.Entry.name` |
    /// | `lock.mode` | `exclusive`, `shared` |
    /// | `lock.acquirer.kind` | `thread`, `task` |
    /// | `lock.acquirer.id` | a thread's number, as in `top -H`; a task's, in hexadecimal digits |
    /// | `lock.acquirer.name` | its name, if it has one |
    /// | `lock.call_site` | where it acquires: `Server/Transfers.swift:42` |
    /// | `lock.label` | what it acquires for, if `withLockLabel(_:_:)` said so |
    /// | `lock.milliseconds` | how long the acquirer has held the key, or waited for it |
    /// | `lock.waiting` | the number of waiters of the key |
    /// | `lock.acquired` | of the end of a slow wait: `true` if the waiter has the key |
    /// | `lock.holders` | of a slow wait: a dictionary for each holder |
    /// | `lock.waits` | of a deadlock: a dictionary for each wait |
    /// | `lock.blocker` | of such a wait: a dictionary of the acquirer that is in the way |
    /// | `lock.blocker_holds` | of such a wait: `true` if the blocker holds the key |
    ///
    /// Each dictionary has mode, acquirer and milliseconds; that of a wait also has the key. A
    /// blocker that does not hold the key is a writer before this reader in the queue (`false`).
    ///
    /// Keys and names are escaped and bounded as in a snapshot, so that none of them adds a line to
    /// a log that is plain text. Keys are logged in clear: where a log must not contain them, use
    /// the table's hooks.
    ///
    /// The call uses `onSlowWait`, `onLongHold` and `onSuspectedDeadlock`, and costs what they
    /// cost. The hooks log on the table's own thread, so that a slow log handler delays no
    /// acquisition. Logging goes on as long as the table exists, and each call adds to it. Without
    /// the table's diagnostics, only slow waits are logged.
    ///
    /// - Parameters:
    ///   - logger: The destination, with the level and the metadata that it has at the call.
    ///   - slowWaits: How long a wait must last to be logged. Nil logs none.
    ///   - longHolds: How long a hold must last to be logged. Nil logs none, and then the table
    ///     inspects only keys that have waiters.
    public func logDiagnostics(
      to logger: Logger, slowWaits: Duration? = .seconds(1), longHolds: Duration? = nil
    ) {
      if let slowWaits {
        onSlowWait(threshold: slowWaits) { wait in
          logger.debug(
            wait.isOver ? "end of a slow wait for a lock" : "slow wait for a lock",
            metadata: wait.metadata)
        }
      }
      if let longHolds {
        onLongHold(threshold: longHolds) { hold in
          logger.debug(
            hold.isOver ? "end of a long hold of a lock" : "long hold of a lock",
            metadata: hold.metadata)
        }
      }
      onSuspectedDeadlock { deadlock in
        logger.warning("suspected deadlock", metadata: deadlock.metadata)
      }
    }
  }

  extension SlowLockWait {
    fileprivate var metadata: Logger.Metadata {
      var metadata = waiter.metadata
      metadata["lock.key"] = "\(key.name)"
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
      metadata["lock.waiting"] = isOver ? nil : "\(key.waiterCount)"
      return metadata
    }
  }

  extension SuspectedDeadlock {
    fileprivate var metadata: Logger.Metadata {
      let waits = waits.map { wait in
        var metadata = wait.waiter.metadata
        metadata["lock.key"] = "\(wait.name)"
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
