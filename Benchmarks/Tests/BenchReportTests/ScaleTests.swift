import Testing

@testable import BenchReport

struct ScaleTests {
  @Test func linearDistancesAreInProportion() {
    let scale = Scale(kind: .linear, domain: 0...10, start: 100, end: 300)
    #expect(scale(0) == 100)
    #expect(scale(2.5) == 150)
    #expect(scale(10) == 300)
  }

  @Test func logarithmicDistancesAreOfFactors() {
    let scale = Scale(kind: .log2, domain: 1...16, start: 0, end: 400)
    #expect([1, 2, 4, 8, 16].map { scale($0).rounded() } == [0, 100, 200, 300, 400])
    let decades = Scale(kind: .log10, domain: 1...1_000, start: 300, end: 0)
    #expect([1, 10, 100, 1_000].map { decades($0).rounded() } == [300, 200, 100, 0])
  }

  @Test func ninesAreEquallyFarApart() {
    let scale = Scale.tight(.nines, [90, 99, 99.9, 99.99, 100], start: 0, end: 380)
    #expect([90, 99, 99.9, 99.99, 100].map { scale($0).rounded() } == [0, 100, 200, 300, 380])
    #expect(scale.ticks { $0.count <= 9 } == [90, 99, 99.9, 99.99, 100])
    #expect(scale.ticks { $0.count <= 3 } == [99, 99.9, 100])
  }

  @Test func ninesAreLeftOutWhereThereIsNoRoom() {
    let scale = Scale.tight(.nines, [50, 99.9999, 100], start: 0, end: 200)
    let ticks = scale.ticks(.percentile)
    #expect(ticks.contains(100) && ticks.contains(99) && ticks.count < 7)
    #expect(ticks == ticks.sorted())
  }

  @Test func valuesOutsideAreOnTheBorder() {
    let scale = Scale(kind: .log10, domain: 10...1_000, start: 0, end: 100)
    #expect(scale(1) == 0)
    #expect(scale(0) == 0)
    #expect(scale(1e9) == 100)
  }

  @Test func whatIsMeasuredBeginsAtZeroOrARoundValue() {
    #expect(Scale.round(.linear, [3, 97], start: 0, end: 1).domain == 0...100)
    #expect(Scale.round(.log10, [13, 970], start: 0, end: 1).domain == 10...1_000)
    #expect(Scale.round(.linear, [-3, 4], start: 0, end: 1).domain == -3...4)
  }

  @Test(arguments: [ScaleKind.linear, .log2, .log10, .nines])
  func anythingHasADomain(kind: ScaleKind) {
    for values in [[], [7], [0], [5, 5], [.nan, .infinity], [-1, 1], [0, 0]] {
      for scale in [
        Scale.round(kind, values, start: 0, end: 100),
        Scale.tight(kind, values, start: 0, end: 100),
      ] {
        #expect(scale.domain.lowerBound < scale.domain.upperBound)
        #expect((0...100).contains(scale(7)))
      }
    }
  }

  @Test func ticksHaveRoomForTheirText() {
    let scale = Scale.tight(.log10, [1, 1e7], start: 50, end: 330)
    let ticks = scale.ticks(.count)
    #expect(ticks.count >= 3)
    for (left, right) in zip(ticks, ticks.dropFirst()) {
      let width =
        (TextMetrics.width(ValueFormat.count.tick(left))
          + TextMetrics.width(ValueFormat.count.tick(right))) / 2
      #expect(scale(right) - scale(left) > width)
    }
  }
}

struct SpreadTests {
  @Test func labelsWithRoomStayWhereTheyAre() {
    #expect(spread([10, 50, 90], gap: 17, within: 0...100) == [10, 50, 90])
  }

  @Test func labelsThatCoverEachOtherMoveApart() {
    #expect(spread([50, 50], gap: 10, within: 0...100) == [45, 55])
    #expect(spread([60, 50, 55], gap: 10, within: 0...100) == [65, 45, 55])
  }

  @Test func labelsStayInsideWhereTheyFit() {
    #expect(spread([99, 100, 98], gap: 10, within: 0...100) == [90, 100, 80])
    #expect(spread([0, 1], gap: 10, within: 0...100) == [0, 10])
  }

  @Test func labelsKeepTheirOrderAndDistance() {
    var state: UInt64 = 7
    for count in 1...15 {
      let wishes = (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 40) / Double(1 << 24) * 300
      }
      let places = spread(wishes, gap: 17, within: 0...300)
      let order = wishes.indices.sorted { wishes[$0] < wishes[$1] }
      for (upper, lower) in zip(order, order.dropFirst()) {
        #expect(places[lower] - places[upper] > 16.999)
      }
      #expect(places.allSatisfy { $0 > -0.001 && $0 < 300.001 })
    }
  }
}
