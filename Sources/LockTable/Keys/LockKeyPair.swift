public import CLockTable

/// Combines two identities into one, for keys of several parts.
///
/// Two pairs are one key exactly if both parts are equal: ("ab", "c") and ("a", "bc") are two keys.
/// For more parts, name a ``LockKeyTriple`` and so on up to a ``LockKeySextuple``, and make it with
/// as many arguments: a triple is a pair whose second part is a pair. Making the bytes of a key
/// costs a copy of its parts onto the stack, or onto the heap from about a kilobyte on.
///
/// The bytes are the same in each process, on each machine, and in each version of this package, so
/// that they can be written to a database. They are those of the parts, one after the other:
/// - An integer is its 64-bit two's complement, least significant byte first. A `Bool` is 0 or 1.
/// - Text is the number of its bytes as such an integer, and the bytes of its UTF-8 in canonical
///   composition (NFC), and as many zeros as make them a multiple of eight. Other bytes are, too.
/// - A part that combines parts is the bytes of its parts.
public struct LockKeyPair<First: LockKey, Second: LockKey>: LockKey, CustomStringConvertible {
  /// The first part.
  public var first: First
  /// The second part.
  public var second: Second

  /// Combines two parts.
  @inlinable
  public init(_ first: First, _ second: Second) {
    self.first = first
    self.second = second
  }

  /// The pair itself.
  @inlinable
  public var lockIdentity: Self { self }

  /// A pair is bytes.
  @inlinable
  public static var _lockKeyKind: LockKeyKind { .bytes }

  /// Unused: a pair is bytes.
  @inlinable
  public var _lockInteger: UInt64 { 0 }

  /// Calls `body` with the parts.
  @inlinable
  @inline(__always)
  public func _withLockBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
    _withCanonicalLockBytes(body)
  }

  /// Calls `body` with the parts, which are canonical.
  @inlinable
  public func _withCanonicalLockBytes<Result>(
    _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    // Most keys need so many words. One that needs more says how many.
    var count = 8
    while true {
      let result = withParts(of: &count, body)
      if let result { return result }
    }
  }

  /// Calls `body` if the parts have at most so many words. Returns nil if not, with their number.
  @inlinable
  @inline(__always)
  func withParts<Result>(
    of count: inout Int, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result? {
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: count) { words in
      guard let base = words.baseAddress else { return nil }
      var parts = _LockKeyParts(words, at: base)
      _appendLockParts(to: &parts)
      count = parts.count
      return count <= words.count ? body(parts.bytes) : nil
    }
  }

  /// Acquires the pair.
  @inlinable
  @inline(__always)
  public func _acquire(in table: OpaquePointer, deadline: UInt64, mode: LockMode) -> lt_hold_t {
    let core = CoreTable(pointer: table)
    return _withCanonicalLockBytes { core.acquire(bytes: $0, deadline: deadline, mode: mode) }
  }

  /// Prepares the pair.
  @inlinable
  public func _prepare(
    in table: OpaquePointer, into prepared: UnsafeMutablePointer<lt_key_t>,
    copy: UnsafeMutableRawBufferPointer
  ) -> Int {
    let core = CoreTable(pointer: table)
    return _withCanonicalLockBytes {
      _ = core.copy($0, into: prepared, copy: copy)
      return $0.count
    }
  }

  /// Appends both parts.
  @inlinable
  public func _appendLockParts(to parts: inout _LockKeyParts) {
    first._appendLockParts(to: &parts)
    second._appendLockParts(to: &parts)
  }

  /// Both parts.
  public static func _lockPart(of parts: UnsafeRawBufferPointer) -> _LockKeyParts.Part? {
    guard let first = First._lockPart(of: parts),
      let second = Second._lockPart(
        of: UnsafeRawBufferPointer(rebasing: parts.dropFirst(first.size)))
    else { return nil }
    let size = first.size + second.size
    guard size <= parts.count else { return nil }
    return _LockKeyParts.Part(
      content: UnsafeRawBufferPointer(rebasing: parts.prefix(size)), size: size)
  }

  /// Takes the parts apart again, and makes a pair of them.
  public static func _make(lockInteger: UInt64, lockBytes: UnsafeRawBufferPointer) -> Self? {
    guard let (head, tail) = parts(of: lockBytes), let first = First._make(part: head),
      let second = Second._make(part: tail)
    else { return nil }
    return Self(first, second)
  }

  static func parts(
    of bytes: UnsafeRawBufferPointer
  ) -> (_LockKeyParts.Part, _LockKeyParts.Part)? {
    guard let head = First._lockPart(of: bytes), head.size <= bytes.count,
      let tail = Second._lockPart(of: UnsafeRawBufferPointer(rebasing: bytes.dropFirst(head.size)))
    else { return nil }
    return (head, tail)
  }

  /// The parts, `4/bea`, safe to print as keys in a snapshot are. Bytes are hexadecimal digits. A
  /// part that is empty, begins with a quote or has a slash in it is quoted.
  public var description: String { PrintableText.name(of: self) }
}

extension LockKey {
  /// Makes the key of one part among others.
  static func _make(part: _LockKeyParts.Part) -> Self? {
    integer(of: part).flatMap { _make(lockInteger: $0, lockBytes: part.content) }
  }

  /// The integer of one part among others; 0 if it is bytes. Nil if it is not what it should be.
  static func integer(of part: _LockKeyParts.Part) -> UInt64? {
    guard _lockKeyKind == .integer else { return 0 }
    guard part.content.count == MemoryLayout<UInt64>.size else { return nil }
    return UInt64(littleEndian: part.content.loadUnaligned(as: UInt64.self))
  }
}
