import Foundation
import LockTable
import Logging
import ServiceLifecycle
import UnixSignals

/// The end of the tables' service. Requests that wait for keys fail at once, new ones too, and those that
/// hold keys come to their end.
struct Closing: Service {
  let accountLocks: LockTable<Int>
  let profileLocks: LockTable<String>
  let logger: Logger

  func run() async throws {
    try await gracefulShutdown()
    accountLocks.close()
    profileLocks.close()
    let deadline = ContinuousClock.now + .seconds(20)
    let isDrained = await [
      accountLocks.drained(until: deadline), profileLocks.drained(until: deadline),
    ]
    logger.info("closed the tables", metadata: ["drained": "\(!isDrained.contains(false))"])
  }
}

/// Writes what is held and waited for to standard error at each SIGUSR1: `kill -USR1 PID`.
struct Dumps: Service {
  func run() async throws {
    for await _ in await UnixSignalsSequence(trapping: .sigusr1).cancelOnGracefulShutdown() {
      FileHandle.standardError.write(Data("\(LockTableRegistry.dump())\n".utf8))
    }
  }
}
