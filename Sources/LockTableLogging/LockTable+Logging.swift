#if Logging
  public import LockTable
  public import Logging

  extension LockTable {
    /// Logs what takes long, and who waits for each other.
    ///
    /// | what | level | once for |
    /// |---|---|---|
    /// | a slow wait | `debug` | each wait that has lasted for `slowWaits` |
    /// | a long hold | `debug` | each hold that has lasted for `longHolds` |
    /// | a suspected deadlock | `warning` | each circle of acquirers |
    ///
    /// The metadata says which key, who, how, and for how long, each in a value of its own:
    ///
    /// | key | value |
    /// |---|---|
    /// | `lock.key` | the key, or its identity, as `LockTableSnapshot.Entry.name` has it |
    /// | `lock.mode` | `exclusive`, `shared` |
    /// | `lock.acquirer.kind` | `thread`, `task` |
    /// | `lock.acquirer.id` | the system's number of a thread, as `top -H` shows it; a task's, in hexadecimal digits |
    /// | `lock.acquirer.name` | its name, if it has one |
    /// | `lock.milliseconds` | for how long it has held the key, or waited |
    /// | `lock.waiting` | how many wait for the key |
    /// | `lock.holders` | of a slow wait: a dictionary for each holder, with mode, acquirer and milliseconds |
    /// | `lock.waits` | of a deadlock: a dictionary for each wait, with key, mode, acquirer, milliseconds, and the next two |
    /// | `lock.blocker` | a dictionary of the acquirer that is in the way |
    /// | `lock.blocker_holds` | `true` if it holds the key, `false` if it is a writer before this reader in the queue |
    ///
    /// Keys and names are escaped and bounded as in a snapshot, so that none of them adds a line to a log
    /// that is plain text. Keys are in it in clear: where they must not be in a log, use the table's hooks.
    ///
    /// Built on `onSlowWait`, `onLongHold` and `onSuspectedDeadlock`, and costs what they cost. Logs on
    /// the table's own thread, so that a slow log handler holds up no acquisition. Logging goes on for
    /// as long as the table exists; each call adds to it. Traps if the table was made without
    /// diagnostics.
    ///
    /// - Parameters:
    ///   - logger: Where to. It keeps the level and the metadata that it has at the call.
    ///   - slowWaits: How long a wait has to last to be logged; nil: none is.
    ///   - longHolds: How long a hold has to last to be logged; nil: none is, and no look at keys for
    ///     which nobody waits is needed.
    public func logDiagnostics(
      to logger: Logger, slowWaits: Duration? = .seconds(1), longHolds: Duration? = nil
    ) {
      if let slowWaits {
        onSlowWait(threshold: slowWaits) { wait in
          logger.debug("slow wait for a lock", metadata: wait.metadata)
        }
      }
      if let longHolds {
        onLongHold(threshold: longHolds) { hold in
          logger.debug("long hold of a lock", metadata: hold.metadata)
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
      metadata["lock.holders"] = .array(key.holders.map { .dictionary($0.metadata) })
      metadata["lock.waiting"] = "\(key.waiterCount)"
      return metadata
    }
  }

  extension LongLockHold {
    fileprivate var metadata: Logger.Metadata {
      var metadata = holder.metadata
      metadata["lock.key"] = "\(key.name)"
      metadata["lock.waiting"] = "\(key.waiterCount)"
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

  extension LockParty {
    fileprivate var metadata: Logger.Metadata {
      var metadata: Logger.Metadata = ["lock.mode": mode == .shared ? "shared" : "exclusive"]
      if let acquirer {
        metadata["lock.acquirer.kind"] = .string(acquirer.kind)
        metadata["lock.acquirer.id"] = .string(acquirer.number)
        metadata["lock.acquirer.name"] = acquirer.printableName.map { .string($0) }
      }
      if let duration {
        metadata["lock.milliseconds"] = "\(Int64(duration / .milliseconds(1)))"
      }
      return metadata
    }
  }
#endif
