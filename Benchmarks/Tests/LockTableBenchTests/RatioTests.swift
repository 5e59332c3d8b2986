import Testing

@testable import lock_table_bench

@Suite struct RatioTests {
  @Test(arguments: [(1, 0), (5, 0), (7, 0), (8, 1), (9, 1), (15, 3), (20, 5)])
  func theSpreadLeavesOutAsMuchAsTheRoundsAllow(count: Int, outside: Int) throws {
    let spread = try #require(Spread((0..<count).map(Double.init)))
    #expect(spread.low == Double(outside))
    #expect(spread.high == Double(count - 1 - outside))
  }

  @Test func aSpreadKeepsTheRoundsInTheirOrder() throws {
    let spread = try #require(Spread([3, 1, 2]))
    #expect(spread.rounds == [3, 1, 2])
    #expect(spread.median == 2)
  }

  @Test func nothingComesOfNothing() {
    #expect(Spread([]) == nil)
    #expect(Spread([1, .nan]) == nil)
    #expect(Ratio([1], over: []) == nil)
    #expect(Ratio([1], over: [0]) == nil)
  }

  @Test func ratiosArePairedByRounds() throws {
    let ratio = try #require(Ratio([10, 200, 30], over: [5, 100, 15]))
    #expect(ratio.spread.rounds == [2, 2, 2])
    #expect(ratio.refusal == nil)
  }

  private static let refusals: [(Ratio?, Ratio.Refusal?, [String])] = [
    (Ratio([9, 10, 12], over: [10, 10, 10]), .spreadCoversOne, ["≈ 1", "≈ 1 (0.900 – 1.20)"]),
    (Ratio([2, 10, 40], over: [10, 10, 10]), .spreadCoversOne, ["?", "? (0.200 – 4.00)"]),
    (Ratio([2], over: [1]), .oneRound, ["–", "–"]),
    // A row beside itself.
    (Ratio([3, 4], over: [3, 4]), nil, ["1", "1"]),
  ]

  @Test(arguments: refusals)
  func whatIsNotQuotedIsRefused(ratio: Ratio?, refusal: Ratio.Refusal?, cells: [String]) throws {
    let ratio = try #require(ratio)
    #expect(ratio.refusal == refusal)
    #expect([false, true].map(ratio.cell) == cells)
  }

  @Test func roundsAreAddedUntilTheRatioIsPrecise() throws {
    var values = [2.0, 2.3]
    let ratio = try #require(
      untilPrecise(seconds: 10) {
        values += [2.1, 2.1, 2.1, 2.1]
        return Ratio(values, over: values.map { _ in 1 })
      })
    // 2.0 and 2.3 are outside as soon as the rounds are enough.
    #expect(values.count == 10)
    #expect(ratio.isPrecise)
    #expect(ratio.spread.low == 2.1)
  }

  @Test func roundsAreAddedSoOftenAtLeastAndForSoLongAtMost() {
    var calls = 0
    _ = untilPrecise(atLeast: 3, seconds: 10) {
      calls += 1
      return Ratio([2, 2], over: [1, 1])
    }
    #expect(calls == 3)
    _ = untilPrecise(atLeast: 2, seconds: 0) {
      calls += 1
      return Ratio([1, 2], over: [1, 1])
    }
    #expect(calls == 5)
  }

  @Test func rowsThatFailAndClassesOfMachinesAreNotCompared() {
    let steady = MachineClass(handOffBefore: 30, handOffAfter: 40)
    let moved = MachineClass(handOffBefore: 30, handOffAfter: 160)
    let failing = Subject(name: "a", role: .exact, violations: 1)
    let sound = Subject(name: "b", role: .exact, violations: 0)
    let loop = Subject(name: "c", role: .loop, violations: 1)
    #expect(Ratio.Refusal(failing, sound, steady) == .failsWitness)
    #expect(Ratio.Refusal(sound, failing, steady) == .failsWitness)
    #expect(Ratio.Refusal(loop, sound, steady) == nil)
    #expect(Ratio.Refusal(sound, sound, moved) == .classesDiffer)
  }
}

@Suite struct BoundTests {
  @Test func aBoundIsMetOrMissedByTheWholeSpread() throws {
    let spread = try #require(Spread([1.1, 1.2, 1.3]))
    #expect(TargetRecord.Bound.atMost(1.3).verdict(spread) == .met)
    #expect(TargetRecord.Bound.atMost(1.2).verdict(spread) == .undecided)
    #expect(TargetRecord.Bound.atMost(1.0).verdict(spread) == .missed)
    #expect(TargetRecord.Bound.atLeast(1.1).verdict(spread) == .met)
    #expect(TargetRecord.Bound.atLeast(1.2).verdict(spread) == .undecided)
    #expect(TargetRecord.Bound.atLeast(1.4).verdict(spread) == .missed)
  }

  @Test func whatIsRefusedDecidesNothing() {
    let target = TargetRecord("a", "b", Ratio([2], over: [1]), .atMost(3))
    #expect(target.verdict == .undecided)
    #expect(TargetRecord("a", "b", nil, .atMost(3)).verdict == .notMeasured)
    #expect(TargetRecord("a", "b", Ratio([2], over: [1]), nil).verdict == nil)
  }
}
