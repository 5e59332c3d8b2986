import ArgumentParser
import LockTable
import Synchronization

/// What the server can lock accounts with.
enum ServerLock: String, CaseIterable, Codable, Sendable, ExpressibleByArgument {
  case locktable
  case actor
  case mutexDictionary = "mutex-dictionary"
  /// For comparison: loses deposits.
  case none

  var row: (name: String, role: Role) {
    switch self {
    case .locktable: ("LockTable", .lockTable)
    case .actor: ("actor of continuations", .exact)
    case .mutexDictionary: ("refcounted semaphores", .exact)
    case .none: ("no lock", .loop)
    }
  }
}

#if Server
  /// Keeps two deposits to one account from each other, also while the one that is in suspends.
  typealias AccountLock =
    @Sendable (_ account: Int, _ deposit: @Sendable () async -> Int) async throws -> Int

  extension ServerLock {
    func makeLock() -> AccountLock {
      switch self {
      case .locktable:
        let table = LockTable<Int>()
        return { account, deposit in try await table.withLock(account) { await deposit() } }
      case .actor:
        // The deposit is no method of the actor, which lets others in while a method of it suspends.
        let actor = ContinuationActor<Int>()
        return { account, deposit in
          await actor.acquire(account)
          let balance = await deposit()
          await actor.release(account)
          return balance
        }
      case .mutexDictionary:
        let entries = Mutex<[Int: CountedEntry<AsyncSemaphore>]>([:])
        return { account, deposit in
          let entry = entries.withLock { $0.enter(account) }
          await entry.lock.wait()
          let balance = await deposit()
          entry.lock.signal()
          entries.withLock { $0.leave(account, entry) }
          return balance
        }
      case .none:
        return { _, deposit in await deposit() }
      }
    }
  }
#endif
