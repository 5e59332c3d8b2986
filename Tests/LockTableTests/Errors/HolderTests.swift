import LockTable
import Testing

/// Who holds the key that was not acquired, in the error.
@Suite(.watched) struct HolderTests {
  private func table(_ fairness: LockTableConfiguration.Fairness = .adaptive) -> LockTable<String> {
    .diagnosed(fairness: fairness)
  }

  private func error(_ body: () throws -> Void) throws -> LockTableError {
    do {
      try body()
    } catch {
      return try #require(error as? LockTableError)
    }
    throw Missing()
  }

  private struct Missing: Error {}

  @Test func aTimeoutShowsTheHolderItsLabelAndItsPlace() async throws {
    try await tryOnPlainThread {
      let locks = table()
      let held = LockLabel.$current.withValue("POST /transfer") {
        LockOwner(locks.acquire("k", file: "Server/Transfer.swift", line: 31))
      }
      let forms: [() throws -> Void] = [
        { try locks.withLock("k", timeout: .milliseconds(1)) {} },
        { try locks.withSharedLock("k", until: .now) {} },
        { try locks.acquire("k", timeout: .zero).release() },
        { try locks.acquire(all: ["a", "k", "z"], timeout: .milliseconds(1)).release() },
        { try locks.withLock(exclusive: ["z"], shared: ["k"], timeout: .milliseconds(1)) {} },
      ]
      for form in forms {
        let error = try error(form)
        let holder = try #require(error.holder)
        #expect(holder.label == "POST /transfer" && holder.mode == .exclusive)
        #expect(holder.callSite == "Server/Transfer.swift:31" && holder.isTask == false)
        #expect(try #require(holder.duration) >= .zero)
        let sentence = "\(error)".replacing(/for [0-9.]+ .s? by/, with: "for N by")
        #expect(sentence.hasSuffix(#"; held for N by "POST /transfer" (Transfer.swift:31)"#))
      }
      held.release()
      #expect(locks.becomesEmpty)
    }
  }

  @Test(arguments: Form.timed, LockTableConfiguration.Fairness.both)
  func aTaskIsShownTheHolder(
    form: Form, fairness: LockTableConfiguration.Fairness
  ) async throws {
    let locks = table(fairness)
    let held = try await locks.acquire("k", file: "Server/Transfer.swift", line: 31)
    do {
      try await form.run("k", of: locks, limit: .milliseconds(1)) {}
      Issue.record("it is held")
    } catch let error as LockTableError {
      #expect(error.holder?.callSite == "Server/Transfer.swift:31")
      #expect(error.holder?.isTask == true)
    }
    held.release()
  }

  /// The reader that has had the key for longest.
  @Test func ofSeveralReadersTheFirstIsShown() async throws {
    try await tryOnPlainThread {
      let locks = table()
      let first = LockLabel.$current.withValue("first") { LockOwner(locks.acquireShared("k")) }
      let second = LockLabel.$current.withValue("second") { LockOwner(locks.acquireShared("k")) }
      let error = try self.error { try locks.withLock("k", timeout: .zero) {} }
      #expect(error.holder?.label == "first" && error.holder?.mode == .shared)
      first.release()
      let next = try self.error { try locks.withLock("k", timeout: .zero) {} }
      #expect(next.holder?.label == "second")
      second.release()
    }
  }

  @Test func withoutRecordsThereIsNoHolder() async throws {
    try await tryOnPlainThread {
      let plain = LockTable<String>()
      let held = plain.acquire("k")
      let first = try self.error { try plain.withLock("k", timeout: .zero) {} }
      #expect(first.holder == nil)
      held.release()
      let locks = table()
      locks.isRecording = false
      let unknown = locks.acquire("k")
      locks.isRecording = true
      let second = try self.error { try locks.withLock("k", timeout: .zero) {} }
      #expect(second.holder == nil)
      unknown.release()
    }
  }

  @Test func aRefusalDoesNotLook() async throws {
    try await tryOnPlainThread {
      let locks = LockTable<String>.unmonitored(
        .init(maximumWaitersPerKey: 1, diagnostics: .init()))
      let executor = SteppedExecutor()
      let held = locks.acquire("k")
      let waiter = executor.start { try await locks.withLock("k") {} }
      let error = try self.error { try locks.withLock("k", timeout: .seconds(3600)) {} }
      #expect(error.reason == .tooManyWaiters && error.holder == nil)
      held.release()
      executor.drain()
      #expect(waiter.outcome == .had)
    }
  }

  /// The key is free by the time of the second look: a key compared during the wait releases it.
  @Test func aKeyThatIsFreeByThenHasNoHolder() async throws {
    try await tryOnPlainThread {
      let locks = LockTable<ScriptedKey>.diagnosed()
      let holder = Guarded<LockTable<ScriptedKey>.Guard?>(locks.acquire(ScriptedKey(1)))
      let comparisons = Tally()
      var wanted = ScriptedKey(1)
      wanted.onCompare = {
        comparisons.add()
        if comparisons.count == 3 {
          holder.withLock { $0 = nil }
        }
      }
      let error = try self.error { try locks.acquire(wanted, timeout: .zero).release() }
      #expect(error.reason == .timedOut && error.holder == nil)
      #expect(comparisons.count == 3 && locks.becomesEmpty)
    }
  }
}
