// The standard types are identities themselves. LockKey documents their members where it declares
// them.

// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CLockTable

/// The integers of up to 64 bits. Don't conform to it outside this package: a wider integer does
/// not fit the identity.
public protocol _LockInteger: FixedWidthInteger, LockKey where LockIdentity == Self {}

extension _LockInteger {
  @inlinable
  public var lockIdentity: Self { self }

  @inlinable
  public static var _lockKeyKind: LockKeyKind { .integer }

  @inlinable
  public var _lockInteger: UInt64 { UInt64(truncatingIfNeeded: self) }

  @inlinable
  @inline(__always)
  public func _withLockBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
    _withCanonicalLockBytes(body)
  }

  @inlinable
  public func _withCanonicalLockBytes<Result>(
    _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    withUnsafeBytes(of: _lockInteger, body)
  }

  @inlinable
  @inline(__always)
  public func _acquire(in table: OpaquePointer, deadline: UInt64, mode: LockMode) -> lt_hold_t {
    CoreTable(pointer: table).acquire(integer: _lockInteger, deadline: deadline, mode: mode)
  }

  @inlinable
  public func _prepare(
    in table: OpaquePointer, into prepared: UnsafeMutablePointer<lt_key_t>,
    copy: UnsafeMutableRawBufferPointer
  ) -> Int {
    prepared.initialize(to: CoreTable(pointer: table).key(integer: _lockInteger))
    return 0
  }

  @inlinable
  public func _appendLockParts(to parts: inout _LockKeyParts) { parts.append(_lockInteger) }
}

extension _LockInteger {
  public static func _lockPart(of parts: UnsafeRawBufferPointer) -> _LockKeyParts.Part? {
    _LockKeyParts.integer(of: parts)
  }

  public static func _make(lockInteger: UInt64, lockBytes: UnsafeRawBufferPointer) -> Self? {
    Self(truncatingIfNeeded: lockInteger)
  }
}

extension Int: _LockInteger {}
extension Int8: _LockInteger {}
extension Int16: _LockInteger {}
extension Int32: _LockInteger {}
extension Int64: _LockInteger {}
extension UInt: _LockInteger {}
extension UInt8: _LockInteger {}
extension UInt16: _LockInteger {}
extension UInt32: _LockInteger {}
extension UInt64: _LockInteger {}

/// `String` and `Substring`. Texts that are canonically equivalent are one key, as `==` has it.
/// Don't conform to it outside this package.
public protocol _LockText: StringProtocol, LockKey where LockIdentity == Self {}

extension _LockText {
  @inlinable
  public var lockIdentity: Self { self }

  @inlinable
  public static var _lockKeyKind: LockKeyKind { .text }

  @inlinable
  public var _lockInteger: UInt64 { 0 }

  /// The UTF-8 as it is, which is the canonical form of text that is all ASCII. Nil if it is not
  /// contiguous.
  @inlinable
  @inline(__always)
  public func _withLockBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
    utf8.withContiguousStorageIfAvailable { body(UnsafeRawBufferPointer($0)) }
  }

  /// The UTF-8 of the canonical composition (NFC), which is equal for canonically equivalent texts.
  @usableFromInline
  func withCanonicalUTF8<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let result = utf8.withContiguousStorageIfAvailable { utf8 -> Result? in
      let bytes = UnsafeRawBufferPointer(utf8)
      return isComposed(bytes) ? body(bytes) : nil
    }
    return (result ?? nil) ?? withComposedUTF8(body)
  }

  /// The same for text that may not be composed.
  @usableFromInline
  @inline(never)
  func withComposedUTF8<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    // Without Foundation, the standard library offers NFC only under this name.
    String(self)._nfcCodeUnits.withUnsafeBytes(body)
  }
}

extension _LockText {
  /// Text that is not contiguous ASCII is handled out of line. Otherwise the text would be retained
  /// and released around the call.
  @inlinable
  @inline(__always)
  public func _acquire(in table: OpaquePointer, deadline: UInt64, mode: LockMode) -> lt_hold_t {
    let core = CoreTable(pointer: table)
    let hold = utf8.withContiguousStorageIfAvailable {
      core.acquire(ascii: UnsafeRawBufferPointer($0), deadline: deadline, mode: mode)
    }
    if let hold, !hold.isNotASCII {
      return hold
    }
    return acquireCanonical(of: core, deadline: deadline, mode: mode)
  }

  @inlinable
  public func _prepare(
    in table: OpaquePointer, into prepared: UnsafeMutablePointer<lt_key_t>,
    copy: UnsafeMutableRawBufferPointer
  ) -> Int {
    let core = CoreTable(pointer: table)
    let count = utf8.withContiguousStorageIfAvailable { bytes in
      core.copy(UnsafeRawBufferPointer(bytes), into: prepared, copy: copy) == false
        ? -1 : bytes.count
    }
    if let count, count >= 0 {
      return count
    }
    return prepareCanonical(of: core, into: prepared, copy: copy)
  }

  @inlinable
  public func _appendLockParts(to parts: inout _LockKeyParts) {
    if _withLockBytes({ parts.append(ascii: $0) }) != true {
      appendCanonical(to: &parts)
    }
  }

  @usableFromInline
  @inline(never)
  func appendCanonical(to parts: inout _LockKeyParts) {
    _withCanonicalLockBytes { parts.append($0) }
  }

  public static func _lockPart(of parts: UnsafeRawBufferPointer) -> _LockKeyParts.Part? {
    _LockKeyParts.bytes(of: parts)
  }

  public static func _make(lockInteger: UInt64, lockBytes: UnsafeRawBufferPointer) -> Self? {
    Self(decoding: lockBytes, as: UTF8.self)
  }
}

// Borrowing a span counts no references, unlike borrowing the storage.

extension String: _LockText {
  @inlinable
  public func _withCanonicalLockBytes<Result>(
    _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    guard #available(macOS 26, iOS 26, tvOS 26, watchOS 26, visionOS 26, *) else {
      return withCanonicalUTF8(body)
    }
    return utf8Span.withBytesIfComposed(body) { withComposedUTF8(body) }
  }
}

extension Substring: _LockText {
  @inlinable
  public func _withLockBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
    guard #available(macOS 26, iOS 26, tvOS 26, watchOS 26, visionOS 26, *) else {
      return utf8.withContiguousStorageIfAvailable { body(UnsafeRawBufferPointer($0)) }
    }
    return utf8Span.span.withUnsafeBytes(body)
  }

  @inlinable
  public func _withCanonicalLockBytes<Result>(
    _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    guard #available(macOS 26, iOS 26, tvOS 26, watchOS 26, visionOS 26, *) else {
      return withCanonicalUTF8(body)
    }
    return utf8Span.withBytesIfComposed(body) { withComposedUTF8(body) }
  }
}

@available(macOS 26, iOS 26, tvOS 26, watchOS 26, visionOS 26, *)
extension UTF8Span {
  @inlinable
  @inline(__always)
  func withBytesIfComposed<Result>(
    _ body: (UnsafeRawBufferPointer) -> Result, otherwise: () -> Result
  ) -> Result {
    let bytes = span.bytes
    return bytes.withUnsafeBytes(isComposed) ? bytes.withUnsafeBytes(body) : otherwise()
  }
}

/// Bytes that are equal exactly if they are as many and the same. Don't conform to it outside this
/// package.
public protocol _LockBytes: LockKey where LockIdentity == Self {
  func _withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result
}

extension _LockBytes {
  @inlinable
  public var lockIdentity: Self { self }

  @inlinable
  public static var _lockKeyKind: LockKeyKind { .bytes }

  @inlinable
  public var _lockInteger: UInt64 { 0 }

  @inlinable
  @inline(__always)
  public func _withLockBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
    _withBytes(body)
  }

  @inlinable
  public func _withCanonicalLockBytes<Result>(
    _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    _withBytes(body)
  }

  @inlinable
  @inline(__always)
  public func _acquire(in table: OpaquePointer, deadline: UInt64, mode: LockMode) -> lt_hold_t {
    let core = CoreTable(pointer: table)
    return _withBytes { core.acquire(bytes: $0, deadline: deadline, mode: mode) }
  }

  @inlinable
  public func _prepare(
    in table: OpaquePointer, into prepared: UnsafeMutablePointer<lt_key_t>,
    copy: UnsafeMutableRawBufferPointer
  ) -> Int {
    let core = CoreTable(pointer: table)
    return _withBytes {
      _ = core.copy($0, into: prepared, copy: copy)
      return $0.count
    }
  }

  @inlinable
  public func _appendLockParts(to parts: inout _LockKeyParts) {
    _withBytes { parts.append($0) }
  }

  public static func _lockPart(of parts: UnsafeRawBufferPointer) -> _LockKeyParts.Part? {
    _LockKeyParts.bytes(of: parts)
  }
}

extension [UInt8]: LockKey, _LockBytes {
  @inlinable
  public func _withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    withUnsafeBytes(body)
  }

  public static func _make(lockInteger: UInt64, lockBytes: UnsafeRawBufferPointer) -> Self? {
    Self(lockBytes)
  }
}

/// The identity of a `Bool` is 0 or 1.
extension Bool: LockKey {
  @inlinable
  public var lockIdentity: UInt8 { self ? 1 : 0 }

  public init?(lockIdentity: UInt8) {
    self = lockIdentity != 0
  }
}
