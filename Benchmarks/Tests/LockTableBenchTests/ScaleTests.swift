import Testing

@testable import lock_table_bench

struct ScaleTests {
  private static let percentiles = [90, 99, 99.9, 99.99, 100]

  @Test(arguments: [
    (ScaleKind.linear, 0...10, [0, 2.5, 10], [100, 150, 300]),
    // Distances are of factors.
    (.log10, 1...16, [1, 2, 4, 8, 16], [100, 150, 200, 250, 300]),
    // Nines are equally far apart.
    (.nines, ScaleKind.nines.tightDomain(percentiles), percentiles, [100, 153, 205, 258, 300]),
    // Values outside are on the border.
    (.log10, 10...1_000, [1, 0, 1e9], [100, 100, 300]),
  ])
  func valuesHaveTheirPlaces(
    kind: ScaleKind, domain: ClosedRange<Double>, values: [Double], places: [Double]
  ) {
    let scale = Scale(kind: kind, domain: domain, start: 100, end: 300)
    #expect(values.map { scale($0).rounded() } == places)
    let reversed = Scale(kind: kind, domain: domain, start: 300, end: 100)
    #expect(values.map { (400 - reversed($0)).rounded() } == places)
  }

  @Test func whatIsMeasuredBeginsAtZeroOrARoundValue() {
    #expect(ScaleKind.linear.roundDomain([3, 97]) == 0...100)
    #expect(ScaleKind.linear.roundDomain([3, 45]) == 0...50)
    #expect(ScaleKind.linear.roundDomain([-3, 4]) == -3...4)
    #expect(ScaleKind.log10.roundDomain([13, 970]) == 10...1_000)
    #expect(ScaleKind.log10.roundDomain([0.13, 37]) == 0.1...50)
    #expect(ScaleKind.log10.roundDomain([37, 6_100]) == 20...10_000)
  }

  @Test(arguments: [ScaleKind.linear, .log10, .nines])
  func anythingHasADomain(kind: ScaleKind) {
    for values in [[], [7], [0], [5, 5], [.nan, .infinity], [-1, 1], [0, 0]] {
      for domain in [kind.roundDomain(values), kind.tightDomain(values)] {
        #expect(domain.lowerBound < domain.upperBound)
        let scale = Scale(kind: kind, domain: domain, start: 0, end: 100)
        #expect((0...100).contains(scale(7)))
      }
    }
  }
}

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

  @Test func decadesAreFilledOrThinned() {
    #expect(ticks(.log10, 10...100, 5) == [10, 20, 50, 100])
    #expect(ticks(.log10, 10...10_000, 5) == [10, 100, 1_000, 10_000])
    #expect(ticks(.log10, 1...1e7, 5) == [1, 100, 10_000, 1e6])
    #expect(ticks(.log10, 0.1...1, 4) == [0.1, 0.2, 0.5, 1])
  }

  @Test(arguments: [
    (0.7, 3.1), (1, 1_000), (0.000_01, 0.2), (12, 13), (250, 9e8), (1, 2), (3, 70_000), (1.2, 1.9),
  ]) func ticksStayInsideAndAreNotTooMany(low: Double, high: Double) {
    for count in 2...12 {
      for kind in [ScaleKind.linear, .log10] {
        let ticks = ticks(kind, low...high, count)
        #expect(((count < 6 ? 1 : 2)...count).contains(ticks.count))
        #expect(ticks.allSatisfy { $0 >= low * 0.999 && $0 <= high * 1.001 })
        #expect(ticks == ticks.sorted())
      }
    }
  }

  @Test func chosenValuesAreTicksWhereTheirTextHasRoom() {
    let percentiles = [100, 50, 90, 99, 99.9, 99.99, 50]
    let domain = ScaleKind.nines.tightDomain(percentiles)
    let wide = Scale(kind: .nines, domain: domain, start: 0, end: 600)
    #expect(wide.room(for: percentiles, .percentile) == [50, 90, 99, 99.9, 99.99, 100])
    let narrow = Scale(kind: .nines, domain: domain, start: 0, end: 120)
    let ticks = narrow.room(for: percentiles, .percentile)
    #expect(ticks.count > 1 && ticks.count < 5 && ticks.last == 100)
    for (left, right) in zip(ticks, ticks.dropFirst()) {
      let texts = [left, right].map { TextMetrics.width(ValueFormat.percentile.tick($0)) }
      #expect(narrow(right) - narrow(left) > (texts[0] + texts[1]) / 2)
    }
  }
}

struct SpreadTests {
  @Test func labelsThatCoverEachOtherMoveApart() {
    #expect(spread([10, 50, 90], gap: 17, within: 0...100) == [10, 50, 90])
    #expect(spread([60, 50, 55], gap: 10, within: 0...100) == [70, 50, 60])
    // They stay inside where they fit.
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
