import LockTable
import Testing

// Keys that only `==` can compare, and that an entry of the core keeps as they are: small structs and
// enums. What is tested is that the bytes decide nothing, and that such keys need no memory.

/// Whether the table allocates for a single held key.
private func allocates<Key: Hashable & Sendable>(_ key: Key) -> Bool {
  let locks = LockTable<Key>()
  let before = locks.allocatedBytes
  return locks.withLock(key) { locks.allocatedBytes } > before
}

private struct Point: Hashable {
  var x: Double
  var y: Double
  /// Makes no difference to the key.
  var note = 0
  static func == (left: Self, right: Self) -> Bool { left.x == right.x && left.y == right.y }
  func hash(into hasher: inout Hasher) {
    hasher.combine(x)
    hasher.combine(y)
  }
}

private enum Shape: Hashable {
  case nothing
  case circle(radius: Double)
  case square(side: Int32)
}

private enum Only: Hashable {
  case one
}

private struct Words: Hashable {
  var first = 0
  var more = (0, 0, 0, 0, 0, 0)
  var last: Int
  static func == (left: Self, right: Self) -> Bool {
    left.first == right.first && left.last == right.last
  }
  func hash(into hasher: inout Hasher) { hasher.combine(last) }
}

/// Has more bytes than an entry keeps.
private struct Row: Hashable {
  var words: Words
  var number: Int
  init(_ number: Int) {
    words = Words(last: 0)
    self.number = number
  }
}

private struct Padded: Hashable {
  var tag: Int8
  var number: Int64

  /// Returns an equal value each time, with these bytes as padding.
  static func filled(with byte: UInt8) -> Padded {
    withUnsafeTemporaryAllocation(of: Padded.self, capacity: 1) { place in
      let bytes = UnsafeMutableRawBufferPointer(place)
      bytes.initializeMemory(as: UInt8.self, repeating: byte)
      bytes.storeBytes(of: 3, as: Int8.self)
      bytes.storeBytes(of: 4, toByteOffset: MemoryLayout<Int64>.stride, as: Int64.self)
      return place[0]
    }
  }
}

/// Hashes as it likes, without the table's seed.
private struct Unseeded: Hashable {
  var number: Int
  init(_ number: Int) { self.number = number }
  func hash(into hasher: inout Hasher) { hasher.combine(number) }
  func _rawHashValue(seed: Int) -> Int { number }
}

@Suite(.watched) struct ValueKeyTests {
  @Test func smallKeysAreHeldWithoutAnAllocation() {
    #expect(!allocates(Point(x: 1, y: 2)))
    #expect(!allocates(Padded(tag: 1, number: 2)))
    #expect(!allocates(1.5))
    #expect(!allocates(Only.one))
    #expect(!allocates(Int128(7)))
    #expect(!allocates(Shape.circle(radius: 1)))
    #expect(!allocates(Words(last: 8)))
  }

  @Test func largeKeysAreHeldInABox() {
    #expect(allocates(Row(0)))
    expectOneKey(Row(1), Row(1))
    expectTwoKeys(Row(1), Row(2))
  }

  @Test func structsAndEnumerations() {
    expectOneKey(Point(x: 1, y: 2), Point(x: 1, y: 2))
    expectTwoKeys(Point(x: 1, y: 2), Point(x: 2, y: 1))
    expectOneKey(Shape.circle(radius: 1), .circle(radius: 1))
    expectTwoKeys(Shape.circle(radius: 1), .square(side: 1))
    expectTwoKeys(Shape.nothing, .square(side: 0))
    expectOneKey(Words(last: 8), Words(last: 8))
  }

  @Test func aTypeWithOneValueIsOneKey() {
    expectOneKey(Only.one, .one)
  }

  @Test func equalKeysOfDifferentBytesAreOne() {
    expectOneKey(0.0, -0.0)
    expectOneKey(Point(x: 0, y: 1, note: 5), Point(x: 0, y: 1, note: 6))
    expectOneKey(Padded.filled(with: 0x00), .filled(with: 0xff))
  }

  @Test func keysThatAreNotEqualToThemselvesNeverMeet() {
    let points = LockTable<Point>()
    let odd = Point(x: 1, y: .nan)
    points.withLock(odd) {
      #expect(!points.isLocked(odd))
      #expect(points.withLockIfAvailable(odd) { points.count } == 2)
    }
    let locks = LockTable<Double>(configuration: .init(stripeCount: 1))
    let held = locks.acquire(all: Array(repeating: .nan, count: 50))
    #expect(locks.count == 50)
    #expect(!locks.isLocked(.nan))
    held.release()
    #expect(locks.isEmpty)
  }

  @Test func keysThatAreAlignedToSixteenBytes() {
    expectOneKey(UInt128.max, .max)
    expectTwoKeys(Colliding(Int128(1)), Colliding(Int128(2)))
    expectOneKey(Colliding(SIMD4<Int32>(1, 2, 3, 4)), Colliding(SIMD4<Int32>(1, 2, 3, 4)))
    let locks = LockTable<Colliding<SIMD4<Int32>>>(configuration: .init(stripeCount: 1))
    let keys = (0..<20).map { Colliding(SIMD4<Int32>(repeating: $0)) }
    locks.withLock(all: keys) {
      #expect(Set(locks.snapshot().keys.compactMap(\.key)) == Set(keys))
    }
    #expect(locks.isEmpty)
  }

  @Test func aTypeMayHashWithoutTheSeed() {
    expectOneKey(Unseeded(1), Unseeded(1))
    expectTwoKeys(Unseeded(1), Unseeded(2))
    let locks = LockTable<Unseeded>()
    #expect(locks.withLock(all: (0..<1000).map(Unseeded.init)) { locks.count } == 1000)
  }

  @Test func theBytesOfAKeyStayAsLongAsItIsPresent() {
    let locks = LockTable<Colliding<Point>>(configuration: .init(stripeCount: 1))
    let keys = (0..<6).map { Colliding(Point(x: Double($0), y: 0)) }
    for held in keys {
      locks.withLock(held) {
        for other in keys where other != held {
          locks.withLock(other) {
            #expect(locks.isLocked(held) && locks.isLocked(other))
            #expect(Set(locks.snapshot().keys.compactMap(\.key)) == [held, other])
          }
        }
        #expect(locks.snapshot().keys.compactMap(\.key) == [held])
      }
    }
    #expect(locks.isEmpty)
  }

  @Test func guardsKnowTheirKeys() {
    let locks = LockTable<Point>()
    let held = locks.acquire(Point(x: 1, y: 2))
    let isItsOwn = held.isHold(of: Point(x: 1, y: 2, note: 3), in: locks)
    let isAnothers = held.isHold(of: Point(x: 2, y: 1), in: locks)
    #expect(isItsOwn && !isAnothers)
    let both = locks.acquire(all: [Point(x: 3, y: 0), Point(x: 4, y: 0), Point(x: 3, y: -0.0)])
    #expect(locks.count == 3)
    held.release()
    both.release()
    #expect(locks.isEmpty)
  }

  @Test func threadsAtKeysOfOneHashExcludeEachOther() {
    let locks = LockTable<Colliding<Point>>(configuration: .init(stripeCount: 1))
    let occupancies = (0..<3).map { _ in Occupancy() }
    onThreads(4) { index in
      var dice = Dice(index)
      for _ in 0..<Load.scaled(3000) {
        let name = Int.random(in: 0..<3, using: &dice)
        let key = Colliding(Point(x: Double(name), y: 0, note: index))
        let body = {
          occupancies[name].enter()
          occupancies[name].leave()
        }
        switch Int.random(in: 0..<4, using: &dice) {
        case 0: _ = locks.withLockIfAvailable(key, body)
        case 1: try? locks.withLock(key, timeout: .microseconds(50), body)
        case 2: locks.withLock(all: [key, Colliding(Point(x: 9, y: 0))], body)
        default: locks.withLock(key, body)
        }
      }
    }
    #expect(occupancies.allSatisfy { $0.maximum == 1 })
    #expect(locks.isEmpty)
  }
}
