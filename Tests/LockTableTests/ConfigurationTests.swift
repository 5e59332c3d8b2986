import LockTable
import Testing

@Suite(.watched) struct ConfigurationTests {
  @Test(arguments: [1, 2, 64, 4096, 65536]) func aPowerOfTwoIsTaken(stripes: Int) {
    let locks = LockTable<Int>(configuration: .init(stripeCount: stripes))
    #expect(locks.stripeCount == stripes)
    #expect(locks.withLock(1) { locks.count } == 1)
  }

  @Test func theDefaultGoesByTheCores() {
    let count = LockTable<Int>().stripeCount
    #expect(count >= 64 && count <= 4096)
    #expect(count.nonzeroBitCount == 1)
    let configuration = LockTableConfiguration()
    #expect(configuration.stripeCount == nil)
    #expect(configuration.fairness == .adaptive)
    #expect(configuration != LockTableConfiguration(fairness: .fifo))
  }

  @Test func aCountThatNoTableCanHaveEndsTheProcessWithASentence() async throws {
    func expectSentence(_ count: Int, _ result: ExitTest.Result?) throws {
      let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
      #expect(
        text.contains(
          "LockTable: stripeCount is \(count); it must be a power of two from 1 to 65536, or nil")
      )
    }

    let zero = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LockTable<Int>(configuration: .init(stripeCount: 0))
    }
    try expectSentence(0, zero)
    let odd = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LockTable<String>(configuration: .init(stripeCount: 3))
    }
    try expectSentence(3, odd)
    let vast = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LockTable<Place>(configuration: .init(stripeCount: 131_072))
    }
    try expectSentence(131_072, vast)
    let negative = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LockTable<Int>(configuration: .init(stripeCount: -1))
    }
    try expectSentence(-1, negative)
    let wide = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LockTable<Int>(configuration: .init(stripeCount: 1 << 32))
    }
    try expectSentence(1 << 32, wide)
  }

  @Test func aCollectionThatUnderstatesItsCountEndsTheProcess() async {
    await #expect(processExitsWith: .failure) {
      holdAll(Understated())
    }
  }

  /// The seed is the table's own: what is equal by hash in one table is not in another.
  @Test func knownSeedsAreForTestsOnly() {
    let locks = LockTable<Int>(configuration: .init(stripeCount: 4), seed: (1, 2))
    #expect(locks.withLock(all: 0..<100) { locks.count } == 100)
    #expect(locks.isEmpty)
  }
}

private func holdAll(_ keys: some Collection<Int>) {
  LockTable<Int>().withLock(all: keys) {}
}

private struct Understated: Collection {
  var startIndex: Int { 0 }
  var endIndex: Int { 3 }
  var count: Int { 1 }
  subscript(index: Int) -> Int { index }
  func index(after index: Int) -> Int { index + 1 }
}
