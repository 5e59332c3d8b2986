#if Logging
  public import LockTable
  public import LockTableLeases
  public import Logging

  extension LeaseTable {
    /// Logs what happens to the leases: an outage of the engine and its end, and each loss.
    ///
    /// | what | level by default |
    /// |---|---|
    /// | the engine can't be reached | `warning` |
    /// | … and is back | `notice` |
    /// | a lease was lost while it was held | `error` |
    ///
    /// The message is a sentence. The metadata has `lease.namespace`; of an outage `lease.error`, and
    /// `lease.code` if the engine has one for it; of a loss `lease.key`, `lease.token` and
    /// `lease.reason`.
    ///
    /// A task of its own reads `LeaseTable.events` and logs, so that a slow log handler delays
    /// nobody. It ends with the handle's `remove()`, or with the table, which it does not keep alive.
    ///
    /// Waits for a key within the process are logged by the table in front: see
    /// `LeaseTable.locks` and `LockTable.logDiagnostics(to:)`.
    ///
    /// - Parameters:
    ///   - logger: The destination, with the level and the metadata that it has at the call.
    ///   - outageLevel: The level of an outage.
    ///   - lossLevel: The level of a loss.
    /// - Returns: A handle to stop this logging.
    @discardableResult
    public func logEvents(
      to logger: Logger, outageLevel: Logger.Level = .warning, lossLevel: Logger.Level = .error
    ) -> LockHook {
      let (events, namespace) = (events, namespace)
      let task = Task {
        for await event in events {
          var metadata: Logger.Metadata = ["lease.namespace": "\(namespace)"]
          switch event {
          case .suspended(let error):
            metadata["lease.error"] = "\(error.message)"
            metadata["lease.code"] = error.code.map { "\($0)" }
            logger.log(
              level: outageLevel, "leases of \"\(namespace)\": \(event)", metadata: metadata)
          case .resumed:
            logger.notice("leases of \"\(namespace)\": \(event)", metadata: metadata)
          case .lost(let error):
            metadata["lease.key"] = "\(error.key)"
            metadata["lease.token"] = "\(error.fencingToken)"
            metadata["lease.reason"] = "\(error.reason)"
            logger.log(level: lossLevel, "\(error)", metadata: metadata)
          }
        }
      }
      return LockHook { task.cancel() }
    }
  }
#endif
