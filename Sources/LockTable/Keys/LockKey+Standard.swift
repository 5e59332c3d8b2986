// The standard types are identities themselves. LockKey documents their members where it declares
// them.

// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

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
  public func _withLockBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    withUnsafeBytes(of: _lockInteger, body)
  }

  @inlinable
  public func _withCanonicalLockBytes<Result>(
    _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    _withLockBytes(body)
  }
}

extension _LockInteger {
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

  /// The UTF-8 as it is, which is the canonical form of text that is all ASCII.
  @inlinable
  public func _withLockBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    if let result = utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) {
      return result
    }
    return Array(utf8).withUnsafeBytes(body)
  }

  /// The UTF-8 of the canonical composition (NFC), which is equal for canonically equivalent texts.
  @inlinable
  public func _withCanonicalLockBytes<Result>(
    _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    // Without Foundation, the standard library offers NFC only under this name.
    String(self)._nfcCodeUnits.withUnsafeBytes(body)
  }
}

extension _LockText {
  public static func _make(lockInteger: UInt64, lockBytes: UnsafeRawBufferPointer) -> Self? {
    Self(decoding: lockBytes, as: UTF8.self)
  }
}

extension String: _LockText {}
extension Substring: _LockText {}

extension [UInt8]: LockKey {
  @inlinable
  public var lockIdentity: Self { self }

  @inlinable
  public static var _lockKeyKind: LockKeyKind { .bytes }

  @inlinable
  public var _lockInteger: UInt64 { 0 }

  @inlinable
  public func _withLockBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    withUnsafeBytes(body)
  }

  @inlinable
  public func _withCanonicalLockBytes<Result>(
    _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    withUnsafeBytes(body)
  }

  public static func _make(lockInteger: UInt64, lockBytes: UnsafeRawBufferPointer) -> Self? {
    Self(lockBytes)
  }
}
