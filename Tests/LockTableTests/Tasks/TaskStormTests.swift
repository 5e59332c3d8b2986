import LockTable
import Testing

@Suite(.watched) struct TaskStormTests {
  /// Tasks and threads that wait, try, give up and are cancelled, on few keys.
  @Test(arguments: LockTableConfiguration.Fairness.both, [nil, 5])
  func allFormsExcludeEachOther(fairness: LockTableConfiguration.Fairness, mostWaiters: Int?) async
  {
    let locks = LockTable<Int>(
      configuration: .init(fairness: fairness, maximumWaitersPerKey: mostWaiters))
    let witness = Witness(count: 4)
    let hads = Tally()
    let rounds = Load.scaled(300)
    let threads = (0..<2).map { index in
      NativeThread {
        var dice = Dice(index)
        for round in 0..<rounds {
          let key = Int.random(in: 0..<4, using: &dice)
          let outcome = Outcome.ofThread {
            switch round % 3 {
            case 0: locks.withLock(key) { witness.add(at: key) }
            case 1: try locks.withLock(key, timeout: .microseconds(50)) { witness.add(at: key) }
            default: locks.withLock(all: [(key + 1) % 4, key]) { witness.add(at: key) }
            }
          }
          hads.add(outcome == .had ? 1 : 0)
        }
      }
    }
    let tasks = (0..<24).map { index in
      Task {
        var dice = Dice(100 + index)
        for _ in 0..<rounds {
          hads.add(await attempt(locks, witness, &dice) ? 1 : 0)
        }
      }
    }
    for task in tasks {
      await task.value
    }
    await onPlainThread {
      for thread in threads {
        thread.join()
      }
    }
    #expect(witness.total == hads.count)
    #expect(locks.isEmpty)
    #expect(locks.blockedTaskCount == 0)
  }
}

/// One attempt, perhaps cancelled at some moment. True: the key was had.
private func attempt(
  _ locks: LockTable<Int>, _ witness: Witness, _ dice: inout Dice
) async -> Bool {
  let key = Int.random(in: 0..<4, using: &dice)
  let isMany = Int.random(in: 0..<4, using: &dice) == 0
  let yields = Int.random(in: 0..<3, using: &dice)
  let limit = Duration.microseconds(Int.random(in: 0..<300, using: &dice))
  let form = Form.allCases[Int.random(in: 0..<12, using: &dice)]
  let runs = Tally()
  let task = Attempt {
    if isMany {
      try await locks.withLock(all: [(key + 1) % 4, key, (key + 3) % 4], timeout: limit) {
        witness.add(at: key)
        runs.add()
      }
    } else {
      try await form.run(key, of: locks, limit: limit) {
        witness.add(at: key)
        if yields == 1 {
          await Task.yield()
        }
        runs.add()
      }
    }
  }
  if limit < .microseconds(100) {
    for _ in 0..<yields {
      await Task.yield()
    }
    task.cancel()
  }
  await task.task.value
  let wasHad = task.outcome == .had
  #expect(runs.count == (wasHad ? 1 : 0))
  return wasHad
}
