import Testing

@testable import BenchReport

struct TicksTests {
  private func ticks(_ kind: ScaleKind, _ domain: ClosedRange<Double>, _ most: Int) -> [Double] {
    Scale(kind: kind, domain: domain, start: 0, end: 1).ticks { $0.count <= most }
  }

  @Test func linearTicksAreRound() {
    #expect(ticks(.linear, 0...1, 6) == [0, 0.2, 0.4, 0.6, 0.8, 1])
    #expect(ticks(.linear, 0...97, 6) == [0, 20, 40, 60, 80])
    #expect(ticks(.linear, 3...8, 9) == [3, 4, 5, 6, 7, 8])
    #expect(ticks(.linear, -10...10, 5) == [-10, -5, 0, 5, 10])
    #expect(ticks(.linear, 0...0.003, 4) == [0, 0.001, 0.002, 0.003])
  }

  @Test func ticksOfCountsAreWhole() {
    #expect(Ticks.sets(.linear, 1...3, least: 1).first == [1, 2, 3])
  }

  @Test func powersOfTwoAreThinned() {
    #expect(ticks(.log2, 1...8, 8) == [1, 2, 4, 8])
    #expect(ticks(.log2, 3...40, 8) == [4, 8, 16, 32])
    #expect(ticks(.log2, 1...4096, 7) == [1, 4, 16, 64, 256, 1024, 4096])
  }

  @Test func decadesAreFilledOrThinned() {
    #expect(ticks(.log10, 10...100, 5) == [10, 20, 50, 100])
    #expect(ticks(.log10, 10...10_000, 5) == [10, 100, 1_000, 10_000])
    #expect(ticks(.log10, 1...1e7, 5) == [1, 100, 10_000, 1e6])
    #expect(ticks(.log10, 0.1...1, 4) == [0.1, 0.2, 0.5, 1])
  }

  @Test func aNarrowLogarithmicDomainHasTicksAsWell() {
    #expect(ticks(.log10, 1.2...1.9, 9).count >= 2)
    #expect(ticks(.log2, 5...7, 9).count >= 2)
  }

  @Test(arguments: [
    (0.7, 3.1), (1, 1_000), (0.000_01, 0.2), (12, 13), (250, 9e8), (1, 2), (3, 70_000),
  ]) func ticksStayInsideAndAreNotTooMany(low: Double, high: Double) {
    for count in 2...12 {
      for kind in [ScaleKind.linear, .log2, .log10] {
        let ticks = ticks(kind, low...high, count)
        #expect((1...count).contains(ticks.count))
        #expect(ticks.allSatisfy { $0 >= low * 0.999 && $0 <= high * 1.001 })
        #expect(ticks == ticks.sorted())
      }
    }
  }

  @Test func theEndsOfAnAxisAreRound() {
    #expect(Ticks.roundDown(37) == 20)
    #expect(Ticks.roundUp(37) == 50)
    #expect(Ticks.roundDown(0.13) == 0.1)
    #expect(Ticks.roundUp(6_100) == 10_000)
    #expect(Ticks.roundUp(1_000) == 1_000)
    #expect(Ticks.roundDown(1_000) == 1_000)
    #expect(Ticks.linearDomain(0...45, atMost: 9) == 0...50)
  }
}
