import Foundation
import LockTable
import LockTableFoundation

protocol BenchKey: Hashable, Sendable {
  /// The key of that number; different numbers have different keys.
  init(number: Int)
  /// Runs `body` with the key's bytes, for C++.
  func withBytes(_ body: (UnsafeRawBufferPointer) -> Void)
}

extension BenchKey {
  @inline(__always)
  func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) { withUnsafeBytes(of: self, body) }
}

extension Int: BenchKey {
  init(number: Int) { self = number }
}

extension String: BenchKey {
  /// 32 bytes of ASCII, which is too long to be kept inside the `String`.
  init(number: Int) {
    let digits = String(number)
    self = "account-" + String(repeating: "0", count: 24 - digits.count) + digits
  }

  /// The bytes of UTF-8, where they are: a `String` of Swift's own has them in one piece.
  @inline(__always)
  func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
    if utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) == nil {
      Array(utf8).withUnsafeBytes(body)
    }
  }
}

extension UUID: BenchKey {
  init(number: Int) {
    // The first step is a bijection, so that the numbers' keys differ.
    var random = SplitMix64(state: UInt64(number))
    let parts = (random.next(), random.next())
    self = withUnsafeBytes(of: parts) { $0.loadUnaligned(as: UUID.self) }
  }
}

/// A small random number generator whose sequence is the same in every run.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
