/// A key with an identity that a ``LockTable`` can use as it is: an integer, or bytes.
///
/// Any `Hashable & Sendable` type can be a key, with nothing to write. `==` then decides which keys
/// are one key, and each acquisition hashes with `Hasher`. A key of more than 64 bytes is copied into
/// an object each time. A type that conforms to `LockKey` is faster: it needs no `Hasher`, and seldom
/// an allocation.
///
/// The standard library's integers up to 64 bits, `String`, `Substring` and `[UInt8]` conform. A
/// wrapper of one of them has nothing to write:
///
///     struct AccountID: RawRepresentable, LockKey {
///       var rawValue: Int64
///     }
///
/// A key of several parts combines them:
///
///     struct TenantUser: LockKey {
///       var tenant: Int32
///       var user: String
///       var lockIdentity: LockKeyPair<Int32, String> { LockKeyPair(tenant, user) }
///     }
///
/// Bound the length of keys that clients choose. A key is hashed and compared as a whole. Text that
/// is not ASCII is normalised at each acquisition, which takes time that grows with the square of
/// the length where combining marks are piled up.
///
/// A key's `deinit` must not wait for a key of the same table: the table drops its copy of a key
/// while the caller that acquires or releases may still hold it.
///
/// - Important: A type that conforms promises that two keys are `==` exactly if their
///   `lockIdentity`s are. A wrapper that compares its raw value loosely (ignoring case, say) must
///   not conform as it is: let its `lockIdentity` be the folded value.
public protocol LockKey: Hashable, Sendable {
  /// The type of the identity: another `LockKey`.
  associatedtype LockIdentity: LockKey

  /// The identity of this key. An identity is of another type, is equal exactly for keys that are
  /// `==`, and never changes.
  var lockIdentity: LockIdentity { get }

  // These members pass an identity to the core. The standard types implement them. All other types
  // forward them to `lockIdentity`.

  /// Don't use or implement this outside this package.
  static var _lockKeyKind: LockKeyKind { get }
  /// Don't use or implement this outside this package.
  var _lockInteger: UInt64 { get }
  /// Don't use or implement this outside this package.
  func _withLockBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result
  /// Don't use or implement this outside this package.
  func _withCanonicalLockBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result
  /// Don't use or implement this outside this package.
  static func _make(lockInteger: UInt64, lockBytes: UnsafeRawBufferPointer) -> Self?
}

extension LockKey where Self: RawRepresentable, RawValue: LockKey {
  /// The raw value.
  @inlinable
  public var lockIdentity: RawValue { rawValue }
}

extension LockKey where Self: RawRepresentable, RawValue: LockKey, LockIdentity == RawValue {
  /// Makes the key from its raw value.
  public static func _make(lockInteger: UInt64, lockBytes: UnsafeRawBufferPointer) -> Self? {
    RawValue._make(lockInteger: lockInteger, lockBytes: lockBytes).flatMap(Self.init(rawValue:))
  }
}

extension LockKey {
  /// The kind of the identity.
  @inlinable
  public static var _lockKeyKind: LockKeyKind {
    if LockIdentity.self == Self.self {
      fatalError("LockTable: the lockIdentity of \(Self.self) must be of another type")
    }
    return LockIdentity._lockKeyKind
  }

  /// The integer of the identity.
  @inlinable
  public var _lockInteger: UInt64 { lockIdentity._lockInteger }

  /// Calls `body` with the bytes of the identity.
  @inlinable
  public func _withLockBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    lockIdentity._withLockBytes(body)
  }

  /// Calls `body` with the canonical bytes of the identity.
  @inlinable
  public func _withCanonicalLockBytes<Result>(
    _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    lockIdentity._withCanonicalLockBytes(body)
  }

  /// Returns nil: only the identity of the key is known.
  public static func _make(lockInteger: UInt64, lockBytes: UnsafeRawBufferPointer) -> Self? {
    nil
  }
}

/// The kind of an identity. Don't use it outside this package.
@frozen
public enum LockKeyKind: Sendable {
  /// `_lockInteger` is the identity.
  case integer
  /// `_withLockBytes` gives the identity.
  case bytes
  /// `_withLockBytes` gives the identity if it is all ASCII; otherwise `_withCanonicalLockBytes`
  /// does.
  case text
  /// The key is no `LockKey`: `==` decides.
  case opaque
}
