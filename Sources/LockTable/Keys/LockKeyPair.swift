/// Combines two identities into one, for keys of several parts. Pairs nest.
///
/// Two pairs are one key exactly if both parts are equal: ("ab", "c") and ("a", "bc") are two keys.
/// Making the bytes of a pair costs a copy of both parts onto the stack, or onto the heap from
/// about a kilobyte on.
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

  /// Calls `body` with the first part's length, the first part, and the second part. Two integers
  /// need no length.
  @inlinable
  public func _withLockBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    if First._lockKeyKind == .integer && Second._lockKeyKind == .integer {
      return withUnsafeBytes(of: (first._lockInteger, second._lockInteger), body)
    }
    return first._withIdentityBytes { head in
      second._withIdentityBytes { tail in
        joined(head, tail, body)
      }
    }
  }

  /// Calls `body` with the same bytes: the parts are canonical already.
  @inlinable
  public func _withCanonicalLockBytes<Result>(
    _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    _withLockBytes(body)
  }

  /// Takes the parts apart again, and makes a pair of them.
  public static func _make(lockInteger: UInt64, lockBytes: UnsafeRawBufferPointer) -> Self? {
    let word = MemoryLayout<UInt64>.size
    guard lockBytes.count >= word else { return nil }
    var rest = lockBytes[...]
    if First._lockKeyKind != .integer || Second._lockKeyKind != .integer {
      rest = rest.dropFirst(word)
    }
    let isPlain = rest.count == lockBytes.count
    let head = isPlain ? word : Int(lockBytes.loadUnaligned(as: UInt64.self))
    guard head <= rest.count,
      let first = First._make(identityBytes: UnsafeRawBufferPointer(rebasing: rest.prefix(head))),
      let second = Second._make(
        identityBytes: UnsafeRawBufferPointer(rebasing: rest.dropFirst(head)))
    else { return nil }
    return Self(first, second)
  }

  /// `(4, "bea")`: text in quotes, and bytes as hexadecimal digits, safe to print as keys in a
  /// snapshot are.
  public var description: String { printableName }

  @usableFromInline
  func joined<Result>(
    _ head: UnsafeRawBufferPointer, _ tail: UnsafeRawBufferPointer,
    _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    let prefix = MemoryLayout<UInt64>.size
    return withUnsafeTemporaryAllocation(
      byteCount: prefix + head.count + tail.count, alignment: prefix
    ) { buffer in
      buffer.storeBytes(of: UInt64(head.count), as: UInt64.self)
      UnsafeMutableRawBufferPointer(rebasing: buffer[prefix...]).copyMemory(from: head)
      UnsafeMutableRawBufferPointer(rebasing: buffer[(prefix + head.count)...])
        .copyMemory(from: tail)
      return body(UnsafeRawBufferPointer(buffer))
    }
  }
}

extension LockKey {
  /// Makes the key from the bytes that `_withIdentityBytes` gives.
  static func _make(identityBytes bytes: UnsafeRawBufferPointer) -> Self? {
    guard _lockKeyKind == .integer else { return _make(lockInteger: 0, lockBytes: bytes) }
    guard bytes.count == MemoryLayout<UInt64>.size else { return nil }
    return _make(lockInteger: bytes.loadUnaligned(as: UInt64.self), lockBytes: bytes)
  }

  /// Calls `body` with bytes that are equal exactly for equal identities, whatever the kind.
  @inlinable
  func _withIdentityBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    guard Self._lockKeyKind == .text else { return _withLockBytes(body) }
    let result: Result? = _withLockBytes { bytes in
      bytes.allSatisfy { $0 < 0x80 } ? body(bytes) : nil
    }
    return result ?? _withCanonicalLockBytes(body)
  }
}
