import Foundation

/// The keys of a scenario, and in which order each thread acquires them.
struct KeyOrder<Key: BenchKey> {
  var keys: [Key]
  /// For each thread, positions in `keys`; a thread starts over at the end. Where the key is only read,
  /// the bits of its position are inverted: see `Step`.
  var orders: [[Int32]]
}

extension KeyOrder {
  /// Drawn orders of up to eight threads are this long: long enough to visit most of the default number of
  /// keys, short enough to make them in an instant. All of them together are no longer.
  private static var drawnLength: Int { 1 << 17 }
  /// Steps before a thread starts over, if it reads and writes: enough for whole percents.
  private static var leastLength: Int { 1_000 }

  init(_ scenario: Scenario) {
    keys = (0..<scenario.keys).map(Key.init(number:))
    let last = Int32(scenario.keys - 1)
    let weights = scenario.distribution == .zipf ? ZipfWeights(count: scenario.keys) : nil
    let length = max(Self.drawnLength * 8 / max(scenario.threads, 8), Self.leastLength)
    orders = (0..<scenario.threads).map { thread in
      var random = SplitMix64(state: UInt64(thread))
      let drawn = (0..<(last == 0 ? 1 : length)).map { _ in
        weights?.draw(&random) ?? Int32.random(in: 0...last, using: &random)
      }
      return Self.share(drawn, writes: scenario.writes, thread)
    }
  }

  /// Makes readers of all acquisitions but so many of a hundred, in an order that is drawn.
  private static func share(_ order: [Int32], writes: Int, _ thread: Int) -> [Int32] {
    guard writes < 100 else { return order }
    let copies = writes > 0 ? (leastLength + order.count - 1) / order.count : 1
    let positions = (0..<copies).flatMap { _ in order }
    let kept = (positions.count * writes + 50) / 100
    var random = SplitMix64(state: ~UInt64(thread))
    let isRead = positions.indices.map { $0 >= kept }.shuffled(using: &random)
    return zip(positions, isRead).map { $1 ? ~$0 : $0 }
  }
}

struct Step {
  private let encoded: Int32

  @inline(__always)
  init(_ encoded: Int32) { self.encoded = encoded }

  @inline(__always)
  var isRead: Bool { encoded < 0 }

  /// Of the key.
  @inline(__always)
  var index: Int { Int(encoded < 0 ? ~encoded : encoded) }
}

/// Zipf's law with exponent 1: the n-th key is drawn in proportion to 1/n.
struct ZipfWeights {
  private let sums: [Double]

  init(count: Int) {
    var sum = 0.0
    sums = (1...count).map { rank in
      sum += 1 / Double(rank)
      return sum
    }
  }

  func draw(_ random: inout SplitMix64) -> Int32 {
    let target = Double.random(in: 0..<(sums.last ?? 1), using: &random)
    var (low, high) = (0, sums.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] > target { high = middle } else { low = middle + 1 }
    }
    return Int32(low)
  }
}
