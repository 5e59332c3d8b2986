import LockTable
import Testing

@Suite(.serialized) struct SmokeTaskTests {
  @Test(arguments: [LockTableConfiguration.Fairness.adaptive, .fifo])
  func storm(_ fairness: LockTableConfiguration.Fairness) async throws {
    let locks = LockTable<Int>(configuration: .init(fairness: fairness))
    nonisolated(unsafe) let counter = UnsafeMutablePointer<Int>.allocate(capacity: 4)
    counter.initialize(repeating: 0, count: 4)
    let results = await withTaskGroup(of: (Int, Int).self) { group in
      for t in 0..<200 {
        group.addTask {
          var done = 0, failed = 0
          for i in 0..<50 {
            let key = (t &* 7 &+ i) & 3
            do {
              switch (t + i) % 4 {
              case 0: try await locks.withLock(key) { counter[key] += 1; if i % 8 == 0 { await Task.yield() } }
              case 1: try await locks.withLock(key, timeout: .microseconds(200)) { counter[key] += 1; await Task.yield() }
              case 2: try await locks.withLock(all: [key, (key + 1) & 3]) { counter[key] += 1; await Task.yield() }
              default:
                let g = try await locks.acquire(key)
                counter[key] += 1
                g.release()
              }
              done += 1
            } catch { failed += 1 }
          }
          return (done, failed)
        }
      }
      var sum = (0, 0)
      for await r in group { sum.0 += r.0; sum.1 += r.1 }
      return sum
    }
    #expect((0..<4).reduce(0) { $0 + counter[$1] } == results.0)
    #expect(locks.isEmpty)
    print(results)
  }

  @Test func cancelStorm() async {
    let locks = LockTable<Int>()
    for _ in 0..<200 {
      let guardian = locks.acquireIfAvailable(1)
      let tasks = (0..<20).map { _ in Task { try await locks.withLock(1) { 1 } } }
      for (i, t) in tasks.enumerated() where i % 2 == 0 { t.cancel() }
      guardian?.release()
      var ok = 0
      for t in tasks { if (try? await t.value) != nil { ok += 1 } }
      #expect(ok >= 10)
    }
    #expect(locks.isEmpty)
  }

  @MainActor @Test func staysOnActor() async throws {
    let locks = LockTable<Int>()
    let guardian = try await locks.acquire(1)
    let t = Task { @MainActor in
      try await locks.withLock(1) { MainActor.preconditionIsolated() }
      MainActor.preconditionIsolated()
    }
    for _ in 0..<10 { await Task.yield() }
    guardian.release()
    try await t.value
    do { try await locks.withLock(1, timeout: .milliseconds(1)) { try await locks.withLock(1, timeout: .milliseconds(1)) {} } } catch { MainActor.preconditionIsolated() }
    #expect(locks.isEmpty)
  }
}
