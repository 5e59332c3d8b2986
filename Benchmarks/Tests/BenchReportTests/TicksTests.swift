import Testing

@testable import BenchReport

struct TicksTests {
  @Test func linearTicksAreRound() {
    #expect(Ticks.linear(0...1, atMost: 6) == [0, 0.2, 0.4, 0.6, 0.8, 1])
    #expect(Ticks.linear(0...97, atMost: 6) == [0, 20, 40, 60, 80])
    #expect(Ticks.linear(3...8, atMost: 9) == [3, 4, 5, 6, 7, 8])
    #expect(Ticks.linear(-10...10, atMost: 5) == [-10, -5, 0, 5, 10])
    #expect(Ticks.linear(0...0.003, atMost: 4) == [0, 0.001, 0.002, 0.003])
  }

  @Test func linearTicksOfCountsAreWhole() {
    #expect(Ticks.linear(1...3, atMost: 12, least: 1) == [1, 2, 3])
  }

  @Test func powersOfTwoAreThinned() {
    #expect(Ticks.powersOfTwo(1...8, atMost: 8) == [1, 2, 4, 8])
    #expect(Ticks.powersOfTwo(3...40, atMost: 8) == [4, 8, 16, 32])
    #expect(Ticks.powersOfTwo(1...4096, atMost: 7) == [1, 4, 16, 64, 256, 1024, 4096])
  }

  @Test func decadesAreFilledOrThinned() {
    #expect(Ticks.decades(10...100, atMost: 5) == [10, 20, 50, 100])
    #expect(Ticks.decades(10...10_000, atMost: 5) == [10, 100, 1_000, 10_000])
    #expect(Ticks.decades(1...1e7, atMost: 5) == [1, 100, 10_000, 1e6])
    #expect(Ticks.decades(0.1...1, atMost: 4) == [0.1, 0.2, 0.5, 1])
  }

  @Test func aNarrowLogarithmicDomainHasTicksAsWell() {
    #expect(Ticks.decades(1.2...1.9, atMost: 9).count >= 2)
    #expect(Ticks.powersOfTwo(5...7, atMost: 9).count >= 2)
  }

  @Test(arguments: [
    (0.7, 3.1), (1, 1_000), (0.000_01, 0.2), (12, 13), (250, 9e8), (1, 2), (3, 70_000),
  ]) func ticksStayInsideAndAreNotTooMany(low: Double, high: Double) {
    for count in 2...12 {
      for ticks in [
        Ticks.linear(low...high, atMost: count), Ticks.decades(low...high, atMost: count),
        Ticks.powersOfTwo(low...high, atMost: count),
      ] {
        #expect(ticks.count <= count)
        #expect(ticks.allSatisfy { $0 >= low * 0.999 && $0 <= high * 1.001 })
        #expect(ticks == ticks.sorted())
      }
    }
  }

  @Test func logarithmicEndsAreRound() {
    #expect(Ticks.roundDown(37) == 20)
    #expect(Ticks.roundUp(37) == 50)
    #expect(Ticks.roundDown(0.13) == 0.1)
    #expect(Ticks.roundUp(6_100) == 10_000)
    #expect(Ticks.roundUp(1_000) == 1_000)
    #expect(Ticks.roundDown(1_000) == 1_000)
  }
}
