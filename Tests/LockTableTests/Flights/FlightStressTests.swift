import LockTable
import Testing

/// Tasks and threads, keys, cancellation and limits, all at once.
@Suite(.watched) struct FlightStressTests {
  /// What is known of a key's loads. No two of them run at a time.
  private struct Loads {
    var begun = 0
    var running = 0
    /// The last load whose result a caller has.
    var known = 0
  }

  private final class World: Sendable {
    let flights = FlightTable<Int, Int>(configuration: .init(stripeCount: 2))
    let loads: [Guarded<Loads>] = (0..<4).map { _ in Guarded(Loads()) }

    func begin(_ key: Int) -> Int {
      loads[key].withLock {
        #expect($0.running == 0, "two loads of one key run at a time")
        $0.running += 1
        $0.begun += 1
        return $0.begun
      }
    }

    func end(_ key: Int) {
      loads[key].withLock { $0.running -= 1 }
    }

    func known(_ key: Int) -> Int { loads[key].withLock(\.known) }

    /// A caller gets no result that another one had when it called.
    func check(_ result: Int, of key: Int, after known: Int) {
      #expect(result > known, "a caller has the result of a flight that was over when it called")
      loads[key].withLock { $0.known = max($0.known, result) }
    }

    func callAsTask(_ key: Int, limit: Duration?) async {
      let before = known(key)
      @Sendable func load() async throws -> Int {
        let number = begin(key)
        defer { end(key) }
        for _ in 0..<(number % 4) {
          await Task.yield()
        }
        if number % 7 == 0 {
          throw FailedLoad()
        }
        return number
      }
      do {
        let result =
          if let limit {
            try await flights.value(for: key, timeout: limit) { try await load() }
          } else {
            try await flights.value(for: key) { try await load() }
          }
        check(result, of: key, after: before)
      } catch is FailedLoad {
      } catch is CancellationError {
        #expect(Task.isCancelled)
      } catch let error as LockTableError {
        #expect(error.reason == .timedOut && limit != nil)
      } catch {
        Issue.record(error)
      }
    }

    func callAsThread(_ key: Int) {
      let before = known(key)
      let result = try? flights.value(for: key) {
        let number = begin(key)
        defer { end(key) }
        if number % 7 == 0 {
          throw FailedLoad()
        }
        return number
      }
      if let result {
        check(result, of: key, after: before)
      }
    }
  }

  @Test func nothingIsLostOrMixedUp() async {
    let world = World()
    let threads = (0..<2).map { index in
      NativeThread {
        for round in 0..<Load.scaled(500) {
          world.callAsThread((round + index) % 4)
        }
      }
    }
    await withTaskGroup(of: Void.self) { group in
      for index in 0..<64 {
        group.addTask {
          for round in 0..<Load.scaled(200) {
            let key = (index &* 7 &+ round) % 4
            let task = Task {
              await world.callAsTask(key, limit: round % 5 == 0 ? .microseconds(50) : nil)
            }
            if (index + round) % 3 == 0 {
              task.cancel()
            }
            await task.value
          }
        }
      }
    }
    await onPlainThread {
      for thread in threads {
        thread.join()
      }
    }
    #expect(await world.flights.becomesEmpty)
    let begun = world.loads.map { $0.withLock(\.begun) }.reduce(0, +)
    #expect(world.flights.statistics().flights == begun)
    #expect(world.loads.allSatisfy { $0.withLock(\.running) == 0 })
  }
}
