public import CLockTable

/// A key with an identity that a ``LockTable`` can use as it is: an integer, or bytes.
///
/// Any `Hashable & Sendable` type can be a key, with nothing to write. `==` then decides which keys
/// are one key, and each acquisition hashes with `Hasher`. A key of more than 64 bytes is copied into
/// an object each time. A type that conforms to `LockKey` is faster: it needs no `Hasher`, and seldom
/// an allocation.
///
/// The standard library's integers up to 64 bits, `Bool`, `String`, `Substring` and `[UInt8]`
/// conform. A wrapper of one of them has nothing to write:
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
/// ``LockKeyTriple`` and others up to ``LockKeySextuple`` combine more.
///
/// Bound the length of keys that clients choose. A key is hashed and compared as a whole. Text that
/// is not composed (NFC) is composed at each acquisition, which takes time that grows with the
/// square of the length where combining marks are piled up in a wrong order.
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

  /// Makes a key that has this identity, for those that inspect a table: a ``LockTableSnapshot``
  /// then has the key, and not just words for it. No acquisition calls it.
  ///
  /// A table keeps the identity of a key, and not the key. The default makes a wrapper of its raw
  /// value, and returns nil for all other keys with a `lockIdentity` of their own. Write one:
  ///
  ///     extension TenantUser {
  ///       init?(lockIdentity: LockKeyPair<Int32, String>) {
  ///         self.init(tenant: lockIdentity.first, user: lockIdentity.second)
  ///       }
  ///     }
  ///
  /// Return nil for an identity that no key has. A key whose `lockIdentity` is another one than it
  /// was made from is dropped.
  init?(lockIdentity: LockIdentity)

  // These members pass an identity to the core. The standard types implement them. All other types
  // forward them to `lockIdentity`.

  /// Don't use or implement this outside this package.
  static var _lockKeyKind: LockKeyKind { get }
  /// Don't use or implement this outside this package.
  var _lockInteger: UInt64 { get }
  /// Don't use or implement this outside this package.
  func _withLockBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result?
  /// Don't use or implement this outside this package.
  func _withCanonicalLockBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result
  /// Don't use or implement this outside this package.
  func _acquire(in table: OpaquePointer, deadline: UInt64, mode: LockMode) -> lt_hold_t
  /// Don't use or implement this outside this package.
  func _prepare(
    in table: OpaquePointer, into prepared: UnsafeMutablePointer<lt_key_t>,
    copy: UnsafeMutableRawBufferPointer
  ) -> Int
  /// Don't use or implement this outside this package.
  func _appendLockParts(to parts: inout _LockKeyParts)
  /// Don't use or implement this outside this package.
  static func _lockPart(of parts: UnsafeRawBufferPointer) -> _LockKeyParts.Part?
  /// Don't use or implement this outside this package.
  static func _make(lockInteger: UInt64, lockBytes: UnsafeRawBufferPointer) -> Self?

  // These are static and take the address of a key. A table calls them on `Key.self`, cast to `any
  // LockKey.Type`. Where the compiler knows `Key`, it makes the cast and calls the functions of
  // that type. It can do neither with a key that is cast to `any LockKey`.

  /// Don't use or implement this outside this package.
  static func _acquire(
    _ key: UnsafeRawPointer, in table: OpaquePointer, deadline: UInt64, mode: LockMode
  ) -> lt_hold_t
  /// Don't use or implement this outside this package.
  static func _lockInteger(of key: UnsafeRawPointer) -> UInt64
  /// Don't use or implement this outside this package.
  static func _prepare(
    _ key: UnsafeRawPointer, in table: OpaquePointer, into prepared: UnsafeMutablePointer<lt_key_t>,
    copy: UnsafeMutableRawBufferPointer
  ) -> Int
}

extension LockKey where Self: RawRepresentable, RawValue: LockKey {
  /// The raw value.
  @inlinable
  public var lockIdentity: RawValue { rawValue }
}

extension LockKey where Self: RawRepresentable, RawValue: LockKey, LockIdentity == RawValue {
  /// Makes the key from its raw value.
  public init?(lockIdentity: RawValue) {
    self.init(rawValue: lockIdentity)
  }
}

extension LockKey where LockIdentity == Self {
  /// The identity is the key.
  public init?(lockIdentity: Self) {
    self = lockIdentity
  }
}

extension LockKey {
  /// Returns nil: only the identity of the key is known.
  public init?(lockIdentity: LockIdentity) {
    return nil
  }

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
  @inline(__always)
  public func _withLockBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
    lockIdentity._withLockBytes(body)
  }

  /// Calls `body` with the canonical bytes of the identity.
  @inlinable
  public func _withCanonicalLockBytes<Result>(
    _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    lockIdentity._withCanonicalLockBytes(body)
  }

  /// Acquires the identity.
  @inlinable
  @inline(__always)
  public func _acquire(in table: OpaquePointer, deadline: UInt64, mode: LockMode) -> lt_hold_t {
    lockIdentity._acquire(in: table, deadline: deadline, mode: mode)
  }

  /// Prepares the identity, as the static function does.
  @inlinable
  @inline(__always)
  public func _prepare(
    in table: OpaquePointer, into prepared: UnsafeMutablePointer<lt_key_t>,
    copy: UnsafeMutableRawBufferPointer
  ) -> Int {
    lockIdentity._prepare(in: table, into: prepared, copy: copy)
  }

  /// Appends the parts of the identity.
  @inlinable
  public func _appendLockParts(to parts: inout _LockKeyParts) {
    lockIdentity._appendLockParts(to: &parts)
  }

  /// The part that the identity has appended.
  public static func _lockPart(of parts: UnsafeRawBufferPointer) -> _LockKeyParts.Part? {
    LockIdentity._lockPart(of: parts)
  }

  /// Makes the key from its identity, if the type can.
  public static func _make(lockInteger: UInt64, lockBytes: UnsafeRawBufferPointer) -> Self? {
    guard LockIdentity.self != Self.self,
      let identity = LockIdentity._make(lockInteger: lockInteger, lockBytes: lockBytes),
      let key = Self(lockIdentity: identity), key.lockIdentity == identity
    else { return nil }
    return key
  }
}

/// The kind of an identity. Don't use it outside this package.
@frozen
public enum LockKeyKind: Sendable {
  /// `_lockInteger` is the identity.
  case integer
  /// `_withLockBytes` gives the identity.
  case bytes
  /// `_withCanonicalLockBytes` gives the identity. So does `_withLockBytes`, if it gives something
  /// and that is all ASCII.
  case text
  /// The key is no `LockKey`: `==` decides.
  case opaque
}
