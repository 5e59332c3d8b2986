internal import LockTable

// Values, states and results that a table keeps or passes on. Keys come and go, so that the memory of
// one key's value is soon another key's.

private let threads = 4
private let rounds = 600
private let keys = 5

/// In turn on threads and in tasks.
private func everywhere(
  _ inThread: @escaping @Sendable (Int) -> Void,
  _ inTask: @escaping @Sendable (Int) async throws -> Void
) async {
  onThreads(threads) { thread in
    for round in 0..<rounds { inThread(thread + round) }
  }
  await withTaskGroup { group in
    for task in 0..<threads {
      group.addTask {
        for round in 0..<rounds { try? await inTask(task + round) }
      }
    }
  }
}

private func configurations() -> [LockTableConfiguration] {
  [nil, LockTableConfiguration.Diagnostics(deadlockDelay: .milliseconds(2))].map { diagnostics in
    LockTableConfiguration(stripeCount: 1, diagnostics: diagnostics)
  }
}

/// A number that nothing protects, in memory of its own.
private final class Note: @unchecked Sendable {
  // Not sound to share, which is the point.
  var uses = 0
}

/// What a table keeps for a key: in the table, and beyond.
private struct Count: Sendable {
  var uses = 0
  let note = Note()

  mutating func use() {
    look()
    uses += 1
    note.uses += 1
  }

  func look() {
    precondition(uses == note.uses, "a value was seen in part")
  }
}

private func use(_ value: inout Count?, _ number: Int) {
  value?.use()
  if value == nil {
    value = Count()
  } else if number % 3 == 0 {
    value = nil
  }
}

func valuesComeAndGo() async {
  for configuration in configurations() {
    let table = MutexTable<Int, Count>(configuration: configuration)
    await everywhere(
      { number in
        switch number % 7 {
        case 0: table.withSharedLock(number % keys) { value in value?.look() }
        case 1: table.withLockIfAvailable(number % keys) { value in use(&value, number) }
        default: table.withLock(number % keys) { value in use(&value, number) }
        }
      },
      { number in
        switch number % 7 {
        case 0: try await table.withSharedLock(number % keys) { value in value?.look() }
        case 1:
          try await table.withLock(number % keys, timeout: .milliseconds(1)) { value in
            use(&value, number)
          }
        default: try await table.withLock(number % keys) { value in use(&value, number) }
        }
      })
    await table.removeAll { _ in true }
  }
}

/// One that looks at itself when it ends.
private struct Balance: ~Copyable, Sendable {
  var count = Count()

  deinit {
    count.look()
    count.note.uses = 0
  }
}

func statesComeAndGo() async {
  for configuration in configurations() {
    let table = StateTable<Int, Balance>(configuration: configuration) { _ in Balance() }
    await everywhere(
      { number in
        if number % 4 == 0 {
          try? table.withSharedLock(number % keys) { $0.count.look() }
        } else {
          try? table.withLock(number % keys) { $0.count.use() }
        }
      },
      { number in
        if number % 4 == 0 {
          try await table.withSharedLock(number % keys) { $0.count.look() }
        } else {
          try await table.withLock(number % keys) { $0.count.use() }
        }
      })
  }
}

func flightsArePassedOn() async {
  for configuration in configurations() {
    let table = FlightTable<Int, Count>(configuration: configuration)
    let load: @Sendable () -> Count = {
      var count = Count()
      count.use()
      return count
    }
    let look: @Sendable (Count?) -> Void = { count in count?.look() }
    await everywhere(
      { number in look(try? table.value(for: number % keys, load)) },
      { number in look(try await table.value(for: number % keys) { load() }) })
  }
}
