import ArgumentParser
import Foundation

@main
struct ServerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lock-table-server",
    abstract: "Accounts behind HTTP, whose deposits read, wait, and write.",
    discussion: """
      POST /accounts/ID/deposit adds 1 to an account and answers with its balance. IDs count from 0.
      GET  /accounts/ID         answers with the balance.
      GET  /total               answers with the sum of all balances.
      GET  /about               answers with the options, as JSON.

      Between reading the balance and writing it the handler awaits a store, as with a database. Two \
      deposits to one account at the same time would both read the same balance, and one would be lost.

      --lock locktable         LockTable: try await withLock(id) { … }
      --lock actor             an actor with a queue of continuations for each account in use; a request that \
      waits can't be cancelled
      --lock mutex-dictionary  a Mutex over a dictionary of counted semaphores for tasks; a request that waits \
      can't be cancelled
      --lock none              no lock: loses deposits, which 'lock-table-bench server' has to notice

      'lock-table-bench server' starts it and loads it.
      """)

  @Option(help: "The port on 127.0.0.1; 0 lets the system choose one, which is printed.")
  var port = 8080

  @Option(help: "The number of accounts.")
  var accounts = 1_000

  @Option(help: "What keeps two deposits to one account from each other.")
  var lock = LockChoice.locktable

  @Option(
    help: ArgumentHelp(
      "How long the store takes to answer; with 0 the task yields once.", valueName: "microseconds")
  )
  var storeDelay = 0

  @Flag(help: "Stop when the standard input ends, as it does when the parent process is gone.")
  var stopWithInput = false

  func validate() throws {
    guard (0...65_535).contains(port) else {
      throw ValidationError("'--port' has to be from 0 to 65535.")
    }
    guard (1...10_000_000).contains(accounts) else {
      throw ValidationError("'--accounts' has to be from 1 to 10000000.")
    }
    guard (0...1_000_000).contains(storeDelay) else {
      throw ValidationError("'--store-delay' has to be from 0 to 1000000, a second.")
    }
  }

  func run() async throws {
    if stopWithInput { exitWhenInputEnds() }
    let about = About(
      lock: lock.rawValue, accounts: accounts, storeDelayMicroseconds: storeDelay)
    let store = AccountStore(accounts: accounts, delay: .microseconds(storeDelay))
    try await serve(store, lock.lock(), about, port: port)
  }
}

private func exitWhenInputEnds() {
  // A thread: reading blocks, and the pool's threads serve.
  Thread.detachNewThread {
    while !FileHandle.standardInput.availableData.isEmpty {}
    exit(0)
  }
}
