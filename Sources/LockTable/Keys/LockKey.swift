/// A key with an identity that a ``LockTable`` can use as it is: an integer, or bytes.
///
/// Any `Hashable & Sendable` type can be a key, with nothing to write; `==` then decides what is one
/// key, and each acquisition hashes with `Hasher` and copies the key into a small object.
/// Conforming to `LockKey` is for types that want the fast way: no `Hasher`, no allocation.
///
/// The standard library's integers up to 64 bits, `String`, `Substring` and `[UInt8]` conform. Of
/// your own, a wrapper of one of them has nothing to write:
///
///     struct AccountID: RawRepresentable, LockKey {
///       var rawValue: Int64
///     }
///
/// and a key of several parts combines them:
///
///     struct TenantUser: LockKey {
///       var tenant: Int32
///       var user: String
///       var lockIdentity: LockKeyPair<Int32, String> { LockKeyPair(tenant, user) }
///     }
///
/// Bound the length of keys that others choose. A key is hashed and compared as a whole, and text that is
/// not ASCII is normalised at each acquisition, which takes time that grows with the square of the length
/// where combining marks are piled up.
///
/// A key's `deinit` must not wait for a key of the same table: the table drops its copy of a key while the
/// caller that acquires or releases may still hold it.
///
/// - Important: Conforming promises that two keys are `==` exactly if their `lockIdentity`s are. A
///   wrapper that compares its raw value loosely (ignoring case, say) must not conform as it is:
///   let its `lockIdentity` be the folded value.
public protocol LockKey: Hashable, Sendable {
  /// What stands for the key: another `LockKey`.
  associatedtype LockIdentity: LockKey

  /// What stands for this key: of another type, equal exactly for keys that are `==`, and never
  /// changing.
  var lockIdentity: LockIdentity { get }

  // How an identity reaches the core. The standard types implement these; for all others they
  // are forwarded to `lockIdentity`.

  /// Not for use or implementation outside this package.
  static var _lockKeyKind: LockKeyKind { get }
  /// Not for use or implementation outside this package.
  var _lockInteger: UInt64 { get }
  /// Not for use or implementation outside this package.
  func _withLockBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result
  /// Not for use or implementation outside this package.
  func _withCanonicalLockBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result
  /// Not for use or implementation outside this package.
  static func _make(lockInteger: UInt64, lockBytes: UnsafeRawBufferPointer) -> Self?
}

extension LockKey where Self: RawRepresentable, RawValue: LockKey {
  /// The raw value.
  @inlinable
  public var lockIdentity: RawValue { rawValue }
}

extension LockKey where Self: RawRepresentable, RawValue: LockKey, LockIdentity == RawValue {
  /// The key of that raw value.
  public static func _make(lockInteger: UInt64, lockBytes: UnsafeRawBufferPointer) -> Self? {
    RawValue._make(lockInteger: lockInteger, lockBytes: lockBytes).flatMap(Self.init(rawValue:))
  }
}

extension LockKey {
  /// The identity's.
  @inlinable
  public static var _lockKeyKind: LockKeyKind {
    if LockIdentity.self == Self.self {
      fatalError("LockTable: the lockIdentity of \(Self.self) has to be of another type")
    }
    return LockIdentity._lockKeyKind
  }

  /// The identity's.
  @inlinable
  public var _lockInteger: UInt64 { lockIdentity._lockInteger }

  /// The identity's.
  @inlinable
  public func _withLockBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    lockIdentity._withLockBytes(body)
  }

  /// The identity's.
  @inlinable
  public func _withCanonicalLockBytes<Result>(
    _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    lockIdentity._withCanonicalLockBytes(body)
  }

  /// Nil: of the key, only its identity is known.
  public static func _make(lockInteger: UInt64, lockBytes: UnsafeRawBufferPointer) -> Self? {
    nil
  }
}

/// What an identity is made of. Not for use outside this package.
@frozen
public enum LockKeyKind: Sendable {
  /// `_lockInteger` is the identity.
  case integer
  /// `_withLockBytes` gives the identity.
  case bytes
  /// `_withLockBytes` gives the identity if it is all ASCII, else `_withCanonicalLockBytes` does.
  case text
  /// Not a `LockKey`: `==` decides.
  case opaque
}
