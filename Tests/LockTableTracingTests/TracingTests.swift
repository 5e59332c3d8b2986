#if Tracing
  import InMemoryTracing
  import LockTable
  @testable import LockTableTracing
  import Testing
  import Tracing

  @Suite(.timeLimit(.minutes(15))) struct TracingTests {
    private let tracer = InMemoryTracer()

    private func table(
      _ diagnostics: LockTableConfiguration.Diagnostics? = .init()
    ) -> LockTable<String> {
      let locks = LockTable<String>(
        name: "accounts", configuration: .init(diagnostics: diagnostics))
      locks.traceWaits(with: tracer)
      return locks
    }

    private var waits: [FinishedInMemorySpan] {
      tracer.finishedSpans.filter { $0.operationName == "wait for lock" }
    }

    private func span(_ name: String) -> FinishedInMemorySpan? {
      tracer.finishedSpans.first { $0.operationName == name }
    }

    private func awaitWaiters(_ count: Int, of locks: LockTable<String>) async throws {
      while locks.statistics().waiters != count {
        try await Task.sleep(for: .milliseconds(1))
      }
    }

    //  holder              waiter
    //  begins a span
    //  holds a
    //                      begins a span
    //                      waits for a
    //  releases a
    //                      holds a
    @Test func aWaitIsASpanLinkedToTheHolders() async throws {
      let locks = table()
      var task: Task<Void, any Error>?
      try await tracer.withSpan("holder") { _ in
        try await LockLabel.$current.withValue("request 7") {
          let held = try await locks.acquire("a")
          task = Task { [tracer] in
            try await ServiceContext.withValue(.topLevel) {
              try await tracer.withSpan("waiter") { _ in try await locks.withLock("a") {} }
            }
          }
          try await awaitWaiters(1, of: locks)
          held.release()
        }
      }
      try await task?.value
      let wait = try #require(waits.first)
      #expect(waits.count == 1)
      #expect(wait.parentSpanID == span("waiter")?.spanID && wait.parentSpanID != nil)
      #expect(wait.links.compactMap(\.context.inMemorySpanContext) == [span("holder")?.spanContext])
      #expect(wait.attributes["lock.table"]?.toSpanAttribute() == .string("accounts"))
      #expect(wait.attributes["lock.key"]?.toSpanAttribute() == .string("a"))
      #expect(wait.attributes["lock.mode"]?.toSpanAttribute() == .string("exclusive"))
      #expect(wait.attributes["lock.holder.label"]?.toSpanAttribute() == .string("request 7"))
      #expect(wait.attributes["lock.failure"] == nil && wait.status == nil)
      #expect(wait.startInstant.nanosecondsSinceEpoch <= wait.endInstant.nanosecondsSinceEpoch)
    }

    @Test func aFreeKeyMakesNoSpan() async throws {
      let locks = table()
      try await locks.withLock("a") {}
      try await locks.withLock(all: ["a", "b"]) {}
      await locks.withUncancellableLock("a") {}
      #expect(tracer.finishedSpans.isEmpty && tracer.activeSpans.isEmpty)
    }

    @Test func aRefusalMakesNoSpan() async throws {
      let locks = LockTable<String>(configuration: .init(maximumWaitersPerKey: 1))
      locks.traceWaits(with: tracer)
      let held = try await locks.acquire("a")
      let waiter = Task { try await locks.withLock("a") {} }
      try await awaitWaiters(1, of: locks)
      let error = await #expect(throws: LockTableError.self) {
        try await locks.acquire("a").release()
      }
      #expect(error?.reason == .tooManyWaiters && waits.isEmpty)
      held.release()
      try await waiter.value
      #expect(waits.count == 1)
    }

    @Test func aWaitThatFailsSaysWhy() async throws {
      let locks = table()
      let held = try await locks.acquire("a")
      // On a slow machine the limit passes before the task waits, and then there is no span.
      repeat {
        _ = await #expect(throws: LockTableError.self) {
          try await locks.acquire("a", timeout: .milliseconds(1)).release()
        }
      } while waits.isEmpty
      #expect(waits.first?.attributes["lock.failure"]?.toSpanAttribute() == .string("timed out"))
      #expect(waits.first?.status?.code == .error)
      let cancelled = Task { try await locks.withSharedLock("a") {} }
      try await awaitWaiters(1, of: locks)
      cancelled.cancel()
      await #expect(throws: CancellationError.self) { try await cancelled.value }
      #expect(waits.last?.attributes["lock.failure"]?.toSpanAttribute() == .string("cancelled"))
      #expect(waits.last?.attributes["lock.mode"]?.toSpanAttribute() == .string("shared"))
      #expect(waits.count == 2)
      held.release()
    }

    @Test func eachKeyOfACallThatIsWaitedForHasASpan() async throws {
      let locks = table()
      let a = try await locks.acquire("a")
      let b = try await locks.acquire("b")
      let both = Task { try await locks.withLock(all: ["a", "b", "c"]) {} }
      try await awaitWaiters(1, of: locks)
      a.release()
      b.release()
      try await both.value
      #expect((1...2).contains(waits.count))
      let uncancellable = try await locks.acquire("c")
      let waiter = Task { await locks.withUncancellableLock("c") {} }
      try await awaitWaiters(1, of: locks)
      uncancellable.release()
      await waiter.value
      #expect(waits.last?.attributes["lock.key"]?.toSpanAttribute() == .string("c"))
    }

    /// Nobody knows the holder, and the wait is a span all the same.
    @Test func withoutDiagnosticsASpanHasNoLink() async throws {
      let locks = table(nil)
      try await tracer.withSpan("holder") { _ in
        let held = try await locks.acquire("a")
        let waiter = Task { try await locks.withLock("a") {} }
        try await awaitWaiters(1, of: locks)
        held.release()
        try await waiter.value
      }
      #expect(waits.count == 1 && waits.first?.links.isEmpty == true)
      #expect(waits.first?.attributes["lock.holder.call_site"] == nil)
    }

    @Test func aTaskIsNotTakenForAnother() {
      let spans = AcquirerSpans()
      // The tracer refers to a span until its end, and the span to the tracer.
      let open = (0..<2).map { _ in tracer.startSpan("s") }
      defer { open.forEach { $0.end() } }
      let contexts = open.map(\.context)
      for task in 0..<20_000 as Range<UInt64> {
        spans.note(contexts[Int(task % 2)], of: task)
        #expect(
          spans.context(of: task)?.inMemorySpanContext
            == contexts[Int(task % 2)].inMemorySpanContext)
      }
      let known = (0..<20_000 as Range<UInt64>).filter { spans.context(of: $0) != nil }
      #expect(known.count > 2_000 && known.count <= 4_096)
      for task in known {
        #expect(
          spans.context(of: task)?.inMemorySpanContext
            == contexts[Int(task % 2)].inMemorySpanContext)
      }
      spans.note(nil, of: 19_999)
      #expect(spans.context(of: 19_999) == nil)
    }
  }
#endif
