/// The parts of a key, one after the other, in a form that has no byte order and no padding of the
/// machine. ``LockKeyPair`` says what the form is. Don't use it outside this package.
///
/// All is appended as whole words. They are written once and read as they were written, which the
/// processor forwards at once.
@frozen
public struct _LockKeyParts {
  // Sound: memory of the call in progress, which has room for `capacity` words.
  @usableFromInline let words: UnsafeMutablePointer<UInt64>
  @usableFromInline let capacity: Int

  /// The number of words that the parts need. If there is less room, the words are not there.
  @usableFromInline var count = 0

  /// One part among others, as it was appended.
  public struct Part {
    /// What the part is made of again.
    var content: UnsafeRawBufferPointer
    /// The number of bytes that it takes, its length included.
    var size: Int
  }

  @inlinable
  init(_ words: UnsafeMutableBufferPointer<UInt64>, at base: UnsafeMutablePointer<UInt64>) {
    self.words = base
    capacity = words.count
  }

  @inlinable
  var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: words, count: count * MemoryLayout<UInt64>.size)
  }

  @inlinable
  mutating func append(_ integer: UInt64) {
    if count < capacity {
      words.advanced(by: count).initialize(to: integer.littleEndian)
    }
    count += 1
  }

  /// Appends the number of bytes, and the bytes.
  @inlinable
  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    append(UInt64(bytes.count))
    let size = Self.wordCount(of: bytes.count)
    if count + size <= capacity {
      _ = bytes.copyWords(to: words.advanced(by: count))
    }
    count += size
  }

  /// The same for ASCII. Returns false and appends nothing if the bytes are not all ASCII.
  @inlinable
  mutating func append(ascii bytes: UnsafeRawBufferPointer) -> Bool {
    let size = 1 + Self.wordCount(of: bytes.count)
    guard count + size <= capacity else {
      guard bytes.allSatisfy({ $0 < 0x80 }) else { return false }
      count += size
      return true
    }
    guard bytes.copyWords(to: words.advanced(by: count + 1)) & 0x8080_8080_8080_8080 == 0 else {
      return false
    }
    append(UInt64(bytes.count))
    count += size - 1
    return true
  }

  @inlinable
  static func wordCount(of byteCount: Int) -> Int {
    (byteCount + MemoryLayout<UInt64>.size - 1) / MemoryLayout<UInt64>.size
  }
}

extension _LockKeyParts {
  /// The word at the start.
  static func integer(of parts: UnsafeRawBufferPointer) -> Part? {
    let size = MemoryLayout<UInt64>.size
    guard parts.count >= size else { return nil }
    return Part(content: UnsafeRawBufferPointer(rebasing: parts.prefix(size)), size: size)
  }

  /// The length and the bytes at the start.
  static func bytes(of parts: UnsafeRawBufferPointer) -> Part? {
    guard let length = integer(of: parts) else { return nil }
    let count = UInt64(littleEndian: length.content.loadUnaligned(as: UInt64.self))
    let rest = parts.dropFirst(length.size)
    guard count <= rest.count else { return nil }
    let size = wordCount(of: Int(count)) * MemoryLayout<UInt64>.size
    return Part(
      content: UnsafeRawBufferPointer(rebasing: rest.prefix(Int(count))), size: length.size + size)
  }
}

extension UnsafeRawBufferPointer {
  /// Copies the bytes as words, of which the last one is filled up with zeros. Returns the bits of
  /// all of them together.
  ///
  /// No load spans two words: a text of up to fifteen bytes has only just been written, as two
  /// words, and a load across both would wait for the cache.
  @inlinable
  func copyWords(to words: UnsafeMutablePointer<UInt64>) -> UInt64 {
    let size = MemoryLayout<UInt64>.size
    var bits: UInt64 = 0
    var offset = 0
    while count - offset >= size {
      let word = loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      words.advanced(by: offset / size).initialize(to: word)
      bits |= word
      offset += size
    }
    guard offset < count else { return bits }
    let word = lastBytes(from: offset)
    words.advanced(by: offset / size).initialize(to: word.littleEndian)
    return bits | word
  }

  /// Fewer than eight bytes, the first of them lowest, in pieces that may overlap.
  @inlinable
  func lastBytes(from offset: Int) -> UInt64 {
    let length = count - offset
    if length >= 4 {
      let low = loadUnaligned(fromByteOffset: offset, as: UInt32.self).littleEndian
      let high = loadUnaligned(fromByteOffset: count - 4, as: UInt32.self).littleEndian
      return UInt64(low) | UInt64(high) << (8 * (length - 4))
    }
    let middle = length / 2
    return UInt64(self[offset]) | UInt64(self[offset + middle]) << (8 * middle)
      | UInt64(self[count - 1]) << (8 * (length - 1))
  }
}
