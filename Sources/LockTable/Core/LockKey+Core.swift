public import CLockTable

// How a key with an identity reaches the core, for all types alike.

extension LockKey {
  /// Acquires the key at that address.
  @inlinable
  @inline(__always)
  public static func _acquire(
    _ key: UnsafeRawPointer, in table: OpaquePointer, deadline: UInt64, mode: LockMode
  ) -> lt_hold_t {
    // Sound: the table passes the address of a key of its `Key`, which is this type. The only
    // property of `KeyInPlace` is the key.
    key.assumingMemoryBound(to: KeyInPlace<Self>.self).pointee
      .acquire(in: table, deadline: deadline, mode: mode)
  }

  /// The integer of the key at that address.
  @inlinable
  @inline(__always)
  public static func _lockInteger(of key: UnsafeRawPointer) -> UInt64 {
    // Sound: as above.
    key.assumingMemoryBound(to: Self.self).pointee._lockInteger
  }

  /// Prepares the key at that address, with a copy of its bytes, and returns their number. If there
  /// is no room for so many, it returns their number and does nothing.
  @inlinable
  @inline(__always)
  public static func _prepare(
    _ key: UnsafeRawPointer, in table: OpaquePointer, into prepared: UnsafeMutablePointer<lt_key_t>,
    copy: UnsafeMutableRawBufferPointer
  ) -> Int {
    // Sound: as above.
    key.assumingMemoryBound(to: KeyInPlace<Self>.self).pointee
      .prepare(in: table, into: prepared, copy: copy)
  }
}

/// A key where it is, in a collection of the caller's. As this can't be copied, the key is borrowed
/// and not retained, which would take longer than all else.
@usableFromInline
@frozen
struct KeyInPlace<Key: LockKey>: ~Copyable {
  @usableFromInline let key: Key

  @inlinable
  @inline(__always)
  borrowing func acquire(
    in table: OpaquePointer, deadline: UInt64, mode: LockMode
  ) -> lt_hold_t {
    key._acquire(in: table, deadline: deadline, mode: mode)
  }

  @inlinable
  @inline(__always)
  borrowing func prepare(
    in table: OpaquePointer, into prepared: UnsafeMutablePointer<lt_key_t>,
    copy: UnsafeMutableRawBufferPointer
  ) -> Int {
    key._prepare(in: table, into: prepared, copy: copy)
  }
}

extension LockKey {
  @usableFromInline
  @inline(never)
  func acquireCanonical(of core: CoreTable, deadline: UInt64, mode: LockMode) -> lt_hold_t {
    _withCanonicalLockBytes { core.acquire(bytes: $0, deadline: deadline, mode: mode) }
  }

  @usableFromInline
  @inline(never)
  func prepareCanonical(
    of core: CoreTable, into prepared: UnsafeMutablePointer<lt_key_t>,
    copy: UnsafeMutableRawBufferPointer
  ) -> Int {
    _withCanonicalLockBytes { bytes in
      _ = core.copy(bytes, into: prepared, copy: copy)
      return bytes.count
    }
  }
}
