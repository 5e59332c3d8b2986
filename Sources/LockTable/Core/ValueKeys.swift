public import CLockTable

// Keys without an identity that are small: an entry of the core keeps such a key's bytes, so that
// to acquire the key allocates nothing. The bytes are copied and never compared. Bytes that differ
// may be of equal keys (0.0 and -0.0, padding), and the same bytes of unequal ones (a NaN). Swift's
// `==` decides, and the core calls it with no lock held, only where two keys have one hash.

extension LockTable {
  /// Whether an entry keeps the keys as they are, and nothing has to be done with them when it goes:
  /// they have no references.
  ///
  /// The compiler answers at the call site where it knows `Key`, and the type's metadata answers
  /// elsewhere, and in `init`. Both say the same.
  @inlinable
  @inline(__always)
  static var keepsPlainValues: Bool {
    _isPOD(Key.self) && MemoryLayout<Key>.size <= Int(LT_MOST_VALUE)
      && MemoryLayout<Key>.alignment <= 16
  }

  /// The hash of a key without an identity. The seed is the table's own. A type may have a
  /// `_rawHashValue(seed:)` of its own that ignores the seed: the core mixes the result.
  @inlinable
  @inline(__always)
  func hash(of key: borrowing Key) -> UInt64 {
    UInt64(bitPattern: Int64(key._rawHashValue(seed: Int(truncatingIfNeeded: hasherSeed))))
  }

  /// Acquires by a key that an entry keeps as it is.
  @inlinable
  @inline(__always)
  func acquireValue(_ key: Key, deadline: UInt64, mode: LockMode) -> lt_hold_t {
    // Sound: the core copies the key's bytes before the call returns. The key is in memory before
    // it is hashed, so that the core does not read what was just written piece by piece.
    withUnsafePointer(to: key) {
      core.acquire(
        value: $0, size: MemoryLayout<Key>.size, hash: hash(of: $0.pointee), deadline: deadline,
        mode: mode)
    }
  }

  /// How the core compares such keys.
  static var valueOperations: lt_value_operations_t {
    // Sound: an existential metatype is two pointers, which stay valid.
    let type = unsafeBitCast(
      Key.self as any Hashable.Type, to: (UnsafeRawPointer?, UnsafeRawPointer?).self)
    return lt_value_operations_t(
      type: type,
      equal: { type, stored, wanted in
        // Sound: `type` is what `valueOperations` gave to the core.
        UnsafeRawPointer(type).load(as: (any Hashable.Type).self).areEqual(stored, wanted)
      })
  }

  /// Returns the key that the core keeps there.
  static func value(storedAt stored: UnsafeRawPointer) -> Key {
    withValue(storedAt: stored, as: Key.self) { $0 }
  }
}

extension Hashable {
  /// `stored` points at a key that the core keeps, and `wanted` at the one of the call in progress.
  fileprivate static func areEqual(
    _ stored: UnsafeRawPointer, _ wanted: UnsafeRawPointer
  ) -> Bool {
    // Sound: all keys of a table have one type.
    withValue(storedAt: stored, as: Self.self) { $0 == wanted.load(as: Self.self) }
  }
}

/// Calls `body` with a key that the core keeps. Its entry is pinned meanwhile, so the bytes are there
/// and stay as they are.
private func withValue<Value, Result>(
  storedAt stored: UnsafeRawPointer, as _: Value.Type, _ body: (Value) -> Result
) -> Result {
  if MemoryLayout<Value>.alignment <= 8 {
    return body(stored.load(as: Value.self))
  }
  // The core aligns to 8 bytes. Sound: only values without references have a larger alignment, and
  // a copy of their bytes is a copy of the value, which needs no end.
  return withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { copy in
    UnsafeMutableRawBufferPointer(copy).copyMemory(
      from: UnsafeRawBufferPointer(start: stored, count: MemoryLayout<Value>.size))
    return body(copy[0])
  }
}
