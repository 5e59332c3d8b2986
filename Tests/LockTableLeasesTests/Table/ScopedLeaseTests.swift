import LockTable
import LockTableLeases
import LockTableLeasesTesting
import LockTableTesting
import Testing

@Suite(.timeLimit(.minutes(15))) struct ScopedLeaseTests {
  let processes = Processes()

  @Test func aBodyRunsWithALeaseAndNothingIsLeft() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let lease = try await process.table.withLease("a") { lease in
        #expect(lease.isValid)
        #expect(lease.key == "a")
        #expect(processes.engine.nameCount == 1)
        try lease.checkValid()
        return lease
      }
      #expect(!lease.isValid)
      #expect(lease.fencingToken == 1 << 6)
      #expect(throws: LeaseLostError.self) { try lease.checkValid() }
      #expect(processes.engine.nameCount == 0)
      #expect(process.table.isEmpty)
    }
  }

  @Test func aBodyMayUseWhatItsCallerMay() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let account = Account(process.table)
      try await account.add(5)
      #expect(await account.balance == 5)
    }
  }

  @Test func aBodyThrowsThrough() async throws {
    struct Broken: Error {}
    let process = processes.makeProcess()
    try await process.running {
      await #expect(throws: Broken.self) {
        try await process.table.withLease("a") { _ in throw Broken() }
      }
      #expect(process.table.isEmpty)
      #expect(processes.engine.nameCount == 0)
    }
  }

  @Test func tokensRiseInAProcessAndBetweenProcesses() async throws {
    let (first, second) = (processes.makeProcess(), processes.makeProcess())
    try await first.running {
      try await second.running {
        var tokens: [Int64] = []
        for process in [first, second, second, first, second] {
          tokens.append(try await process.table.withLease("a") { $0.fencingToken })
        }
        #expect(tokens == tokens.sorted())
        #expect(Set(tokens).count == tokens.count)
      }
    }
  }

  @Test func anotherProcessWaitsForTheEndOfAHold() async throws {
    let (first, second) = (processes.makeProcess(), processes.makeProcess())
    try await first.running {
      try await second.running {
        let order = Guarded<[String]>([])
        let waiter = try await first.table.withLease("a") { _ in
          let waiter = Ending {
            try await second.table.withLease("a") { _ in order.withValue { $0.append("second") } }
          }
          await until { processes.engine.waiterCount == 1 }
          order.withValue { $0.append("first") }
          return waiter
        }
        try await waiter.value()
        #expect(order.withValue { $0 } == ["first", "second"])
      }
    }
    #expect(processes.engine.nameCount == 0)
  }

  @Test func anAttemptAsksOnce() async throws {
    let (first, second) = (processes.makeProcess(), processes.makeProcess())
    try await first.running {
      try await second.running {
        let wasRun = try await first.table.withLease("a") { _ in
          // Held here, and held elsewhere.
          #expect(try await first.table.withLeaseIfAvailable("a") { _ in true } == nil)
          return try await second.table.withLeaseIfAvailable("a") { _ in true }
        }
        #expect(wasRun == nil)
        #expect(try await second.table.withLeaseIfAvailable("a") { _ in true } == true)
        #expect(processes.engine.waiterCount == 0)
        #expect(second.table.isEmpty)
      }
    }
    #expect(processes.engine.nameCount == 0)
  }

  @Test func callersOfAProcessHandALeaseOnWithoutTheEngine() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let tokens = Guarded<[Int64]>([])
      let others = try await process.table.withLease("a") { lease in
        tokens.withValue { $0.append(lease.fencingToken) }
        let others = (0..<3).map { _ in
          Ending {
            try await process.table.withLease("a") { lease in
              tokens.withValue { $0.append(lease.fencingToken) }
            }
          }
        }
        try await process.table.locks.untilWaiterCount(of: "a", reaches: 3)
        return others
      }
      for other in others {
        try await other.value()
      }
      #expect(tokens.withValue { $0 } == [64, 65, 66, 67])
      #expect(processes.engine.lastToken == 1)
      await until { process.table.isEmpty }
      #expect(processes.engine.nameCount == 0)
    }
  }
}

actor Account {
  private let table: LeaseTable<String>
  private let book = Book()
  var balance: Int { book.balance }

  /// Not `Sendable`.
  private final class Book {
    var balance = 0
  }

  init(_ table: LeaseTable<String>) {
    self.table = table
  }

  func add(_ amount: Int) async throws {
    let book = book
    var rounds = 0
    try await table.withLease("account") { _ in
      preconditionIsolated()
      book.balance += amount
      await Task.yield()
      preconditionIsolated()
      rounds += 1
    }
    #expect(rounds == 1)
  }
}
