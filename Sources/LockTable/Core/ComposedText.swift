// Nearly all text is in the canonical composition (NFC) already. Then its UTF-8 identifies the key
// as it is, and nothing is allocated.
//
// What follows is the quick check of Unicode's annex 15. A scalar is *simple* if it is assigned, has
// the combining class 0, and never changes in NFC, whatever stands beside it
// (NFC_Quick_Check=Yes). A *mark* is the same with another class. Text is in NFC if all its scalars
// are simple or marks, and no mark directly follows one of a higher class.
//
// The answer is right whatever version of Unicode the standard library has. A newer one composes as
// the tables' version does if that has all scalars of the text: Unicode promises it. An older one
// takes scalars that it does not know for simple ones.

/// Returns whether text is certain to be in NFC.
///
/// The bytes are those of a `String`, which is well-formed UTF-8. Of other bytes the answer says
/// nothing, but no byte outside of them is read.
@usableFromInline
package func isComposed(_ utf8: UnsafeRawBufferPointer) -> Bool {
  guard let base = utf8.baseAddress else { return true }
  if utf8.count < 16 {
    let text = ShortText(base, count: utf8.count)
    return isComposed(from: 0, to: utf8.count) { text.word(at: $0) }
  }
  let text = LongText(base, count: utf8.count)
  let start = text.lengthOfSimplePrefix()
  return start == utf8.count
    || isComposed(from: start, to: utf8.count) { text.word(at: $0) }
}

// MARK: - Scalar by scalar

/// Returns whether text is certain to be in NFC whose scalars up to `start` are simple.
///
/// `word` returns the eight bytes from an offset below `end` on, the first of them lowest. Zeros
/// stand for those past the end.
@inline(__always)
private func isComposed(from start: Int, to end: Int, word: (Int) -> UInt64) -> Bool {
  var offset = start
  var lastMark: UInt32 = 0
  var endOfMark = -1
  while offset < end {
    let word = word(offset)
    let first = UInt8(truncatingIfNeeded: word)
    let scalar: UInt32
    let length: Int
    // Each case adds its own length, so that the next load does not wait for this one.
    if first < 0x80 {
      offset &+= (word & 0x8080_8080_8080_8080).trailingZeroBitCount &>> 3
      continue
    } else if first < 0xe0 {
      scalar = joined(word & 0x1f, word &>> 8)
      if ComposedTextTables.simpleBit(of: scalar) != 0 {
        offset &+= 2
        continue
      }
      length = 2
    } else if first < 0xf0 {
      scalar = scalarOfThree(word)
      let isSimple = ComposedTextTables.simpleBit(of: scalar)
      if word & 0xf000_0000 == 0xe000_0000 {
        // The next one has three bytes, too.
        if isSimple & ComposedTextTables.simpleBit(of: scalarOfThree(word &>> 24)) != 0 {
          offset &+= 6
          continue
        }
      }
      if isSimple != 0 {
        offset &+= 3
        continue
      }
      length = 3
    } else {
      let block = (word & 7) &<< 12 | (word &>> 8 & 0x3f) &<< 6 | word &>> 16 & 0x3f
      scalar = joined(block, word &>> 24)
      if scalar < 0x2_0000
        ? ComposedTextTables.simpleBit(of: scalar) != 0 : ComposedTextTables.isSimpleAbove(scalar)
      {
        offset &+= 4
        continue
      }
      length = 4
    }
    guard ComposedTextTables.isMark(scalar) else { return false }
    if offset == endOfMark, ComposedTextTables.areOutOfOrder(lastMark, scalar) { return false }
    lastMark = scalar
    offset &+= length
    endOfMark = offset
  }
  return true
}

@inline(__always)
private func scalarOfThree(_ word: UInt64) -> UInt32 {
  joined((word & 0xf) &<< 6 | word &>> 8 & 0x3f, word &>> 16)
}

/// The scalar whose last byte is the lowest one of `last`, and whose number is otherwise `block`.
@inline(__always)
private func joined(_ block: UInt64, _ last: UInt64) -> UInt32 {
  UInt32(truncatingIfNeeded: block &<< 6 | last & 0x3f)
}

extension ComposedTextTables {
  /// Returns 1 if a scalar below U+20000 is simple, and else 0.
  @inline(__always)
  fileprivate static func simpleBit(of scalar: UInt32) -> UInt64 {
    simple[Int(blocks[Int(scalar &>> 6)])] &>> UInt64(scalar & 63) & 1
  }

  @inline(never)
  fileprivate static func isSimpleAbove(_ scalar: UInt32) -> Bool {
    simpleAbove.contains { $0.contains(scalar) }
  }

  @inline(__always)
  fileprivate static func isMark(_ scalar: UInt32) -> Bool {
    guard scalar < 0x2_0000 else { return false }
    let block = Int(blocks[Int(scalar &>> 6)])
    return block < marks.count && marks[block] &>> UInt64(scalar & 63) & 1 != 0
  }

  /// Returns whether a mark has a higher class than the one after it.
  @inline(never)
  fileprivate static func areOutOfOrder(_ mark: UInt32, _ next: UInt32) -> Bool {
    combiningClass(of: mark) > combiningClass(of: next)
  }

  /// Returns the class of a mark, which is that of the last run that begins at it or before.
  private static func combiningClass(of mark: UInt32) -> UInt32 {
    var (low, high) = (0, classes.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if classes[middle] >> 8 <= mark { low = middle } else { high = middle }
    }
    return classes[low] & 0xff
  }
}

// MARK: - Text of up to 15 bytes

/// A string this short has just been stored as two words. A load that straddles them would wait for
/// both stores, so the text is loaded once, by parts of either word, and shifted from then on.
private struct ShortText {
  /// The first eight bytes, and the others. The first is the lowest, and zeros follow.
  private let low: UInt64
  private let high: UInt64

  // Sound: the caller keeps the bytes during the call. All loads are of bytes from 0 to `count`.
  @inline(__always)
  init(_ base: UnsafeRawPointer, count: Int) {
    if count >= 8 {
      low = eightBytes(base)
      high = Self.upToSevenBytes(base + 8, count: count &- 8)
    } else {
      low = Self.upToSevenBytes(base, count: count)
      high = 0
    }
  }

  @inline(__always)
  func word(at offset: Int) -> UInt64 {
    let bits = inBits(offset)
    return offset < 8 ? low &>> bits | (high &<< 1) &<< (63 &- bits) : high &>> (bits &- 64)
  }

  /// Loads pieces that may overlap.
  @inline(__always)
  private static func upToSevenBytes(_ base: UnsafeRawPointer, count: Int) -> UInt64 {
    func four(at offset: Int) -> UInt64 {
      let bytes = base.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
      return UInt64(UInt32(littleEndian: bytes)) &<< inBits(offset)
    }
    func one(at offset: Int) -> UInt64 {
      UInt64(base.load(fromByteOffset: offset, as: UInt8.self)) &<< inBits(offset)
    }
    if count >= 4 { return four(at: 0) | four(at: count &- 4) }
    return count > 0 ? one(at: 0) | one(at: count &>> 1) | one(at: count &- 1) : 0
  }
}

@inline(__always)
private func eightBytes(_ base: UnsafeRawPointer) -> UInt64 {
  UInt64(littleEndian: base.loadUnaligned(as: UInt64.self))
}

@inline(__always)
private func inBits(_ bytes: Int) -> UInt64 {
  UInt64(truncatingIfNeeded: bytes &* 8)
}

// MARK: - Text of 16 bytes or more

private struct LongText {
  private typealias Bytes = SIMD2<UInt64>

  // Sound: the caller keeps the bytes during the call. All loads are of bytes from 0 to `count`:
  // their offsets are compared with it, or computed back from it.
  private let base: UnsafeRawPointer
  private let count: Int
  /// The last eight bytes.
  private let tail: UInt64

  @inline(__always)
  init(_ base: UnsafeRawPointer, count: Int) {
    self.base = base
    self.count = count
    tail = eightBytes(base + (count &- 8))
  }

  @inline(__always)
  func word(at offset: Int) -> UInt64 {
    let rest = count &- offset
    return rest >= 8 ? eightBytes(base + offset) : tail &>> inBits(8 &- rest)
  }

  /// Returns the length of a prefix all of whose scalars are simple. It looks at 16 bytes at a time,
  /// and tells from the first byte of each scalar, and for Hangul from the second.
  @inline(__always)
  func lengthOfSimplePrefix() -> Int {
    let lastWindow = count &- 17
    guard lastWindow >= 0 else { return 0 }
    var offset = 0
    while true {
      // The last window overlaps with the one before. The text's last byte is in none, but no scalar
      // begins with it, unless it is ASCII.
      let window = min(offset, lastWindow)
      let bytes = base.loadUnaligned(fromByteOffset: window, as: Bytes.self)
      let next = base.loadUnaligned(fromByteOffset: window &+ 1, as: Bytes.self)
      let others = Self.otherLeads(bytes, next)
      guard others.x | others.y == 0 else { break }
      guard window < lastWindow else { return count }
      offset = window &+ 16
    }
    // A scalar that began before ends here.
    while offset < count, base.load(fromByteOffset: offset, as: UInt8.self) & 0xc0 == 0x80 {
      offset &+= 1
    }
    return offset
  }

  /// Sets the high bit of each byte that begins a scalar which may not be simple. `next` has the
  /// bytes after `bytes`.
  ///
  /// All scalars are simple that begin with C2 to CB (Latin), CF, D0, D1 (Cyrillic), E4 to E9
  /// (Chinese), or EA B0 to ED 9D (Hangul). So a byte above 7F is one of the others if it is at or
  /// above an odd number of these bounds: 4C, 4F, 52, 64, 6A, 6A 30, 6D 1E, without the high bits.
  /// The sum of a byte and 80 less a bound has the high bit if the byte is at or above the bound. No
  /// sum carries into another byte.
  @inline(__always)
  private static func otherLeads(_ bytes: Bytes, _ next: Bytes) -> Bytes {
    func all(_ byte: UInt64) -> Bytes { Bytes(repeating: byte &* 0x0101_0101_0101_0101) }
    let low = bytes & all(0x7f)
    let nextLow = next & all(0x7f)
    func isAtLeast(_ bound: UInt64) -> Bytes { low &+ all(0x80 &- bound) }
    func isAtLeast(_ bound: UInt64, _ second: UInt64) -> Bytes {
      let carry = (nextLow &+ all(0x80 &- second)) &>> Bytes(repeating: 7) & all(1)
      return low &+ all(0x7f &- bound) &+ carry
    }
    let bounds =
      isAtLeast(0x4c) ^ isAtLeast(0x4f) ^ isAtLeast(0x52) ^ isAtLeast(0x64) ^ isAtLeast(0x6a)
      ^ isAtLeast(0x6a, 0x30) ^ isAtLeast(0x6d, 0x1e)
    return bounds & bytes & all(0x80)
  }
}
