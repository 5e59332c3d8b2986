public import CLockTable

// Keys without an identity that are small: an entry of the core keeps such a key's bytes, so that
// to acquire the key allocates nothing. The bytes are copied and never compared. Bytes that differ
// may be of equal keys (0.0 and -0.0, padding), and the same bytes of unequal ones (a NaN). Swift's
// `==` decides, and the core calls it with no lock held, only where two keys have one hash.
//
// Such a call compares with the bytes in an entry that it has pinned. A pinned entry does not change
// its key. If the key has references, then what they refer to is kept as well: by the scope that
// lends the key to the entry, until it is the only one to need the entry; or by the copy that was
// given to the table, which the core ends after the last use of the entry. lt_states.h says why no
// call reads a key that is being written or ended.

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

  /// Whether an entry keeps the keys as they are, and has to end them: they have references.
  ///
  /// All but a few types can be moved by copying their bytes. One with a weak reference can't.
  @inlinable
  @inline(__always)
  static var keepsOwningValues: Bool {
    !_isPOD(Key.self) && _isBitwiseTakable(Key.self)
      && MemoryLayout<Key>.size <= Int(LT_MOST_VALUE) && MemoryLayout<Key>.alignment <= 8
  }

  /// The hash of a key without an identity. The seed is the table's own. A type may have a
  /// `_rawHashValue(seed:)` of its own that ignores the seed: the core mixes the result.
  @inlinable
  @inline(__always)
  func hash(of key: borrowing Key) -> UInt64 {
    UInt64(bitPattern: Int64(key._rawHashValue(seed: Int(truncatingIfNeeded: hasherSeed))))
  }

  /// Acquires by a key without an identity.
  @inlinable
  func acquireOpaque(
    _ key: Key, deadline: UInt64, mode: LockMode, inScope: Bool
  ) -> lt_hold_t {
    if Self.keepsPlainValues {
      return acquireValue(key, deadline: deadline, mode: mode)
    }
    if Self.keepsOwningValues {
      return acquireOwning(key, deadline: deadline, mode: mode, inScope: inScope)
    }
    return withPrepared(key) { core.acquire(key: $0, deadline: deadline, mode: mode) }
  }

  /// Acquires by a key that an entry keeps as it is.
  @inlinable
  func acquireValue(_ key: Key, deadline: UInt64, mode: LockMode) -> lt_hold_t {
    // Sound: the core copies the key's bytes before the call returns. The key is in memory before
    // it is hashed, so that the core does not read what was just written piece by piece.
    withUnsafePointer(to: key) {
      core.acquire(
        value: $0, size: MemoryLayout<Key>.size, hash: hash(of: $0.pointee), deadline: deadline,
        mode: mode)
    }
  }

  /// Acquires by a key with references, whose bytes an entry keeps.
  ///
  /// If the call inserts the key, the entry borrows it. A scope lends its own key, and gives it to
  /// the table only if another caller needs it when the scope ends. So a key that nobody waits for
  /// is neither retained nor released. All other holds may outlive the caller's key, so they give
  /// the table a copy at once.
  @inlinable
  func acquireOwning(
    _ key: Key, deadline: UInt64, mode: LockMode, inScope: Bool
  ) -> lt_hold_t {
    // Sound: the core copies the key's bytes before the call returns. What they refer to lives until
    // endBorrowedScope(), or is retained by give().
    let hold = withUnsafePointer(to: key) {
      core.acquire(
        owning: $0, size: MemoryLayout<Key>.size, hash: hash(of: $0.pointee), deadline: deadline,
        mode: mode)
    }
    return inScope ? hold : give(key, to: hold)
  }

  /// Acquires several keys without an identity.
  @inlinable
  func takeOpaque(
    exclusive: some Collection<Key>, shared: some Collection<Key>, deadline: UInt64
  ) -> HoldBuffer {
    guard Self.keepsPlainValues || Self.keepsOwningValues else {
      return takePinned(exclusive: exclusive, shared: shared, deadline: deadline)
    }
    let capacity = max(exclusive.count + shared.count, 1)
    // The memory is on the stack for a few keys.
    return withUnsafeTemporaryAllocation(of: Key.self, capacity: capacity) { copies in
      withUnsafeTemporaryAllocation(of: lt_key_t.self, capacity: capacity) { prepared in
        var keys = ValueKeys(copies: copies, prepared: prepared)
        exclusive.forEachInPlace { keys.append($0.pointee, of: self) }
        let exclusiveCount = keys.count
        shared.forEachInPlace { keys.append($0.pointee, of: self) }
        return take(keys, exclusiveCount: exclusiveCount, deadline: deadline)
      }
    }
  }

  /// Takes the keys: the first `exclusiveCount` exclusively, and the others shared. Ends them.
  @usableFromInline
  func take(_ keys: ValueKeys<Key>, exclusiveCount: Int, deadline: UInt64) -> HoldBuffer {
    var holds = HoldBuffer(capacity: keys.count)
    for index in 0..<keys.count {
      holds.append(mode: index < exclusiveCount ? .exclusive : .shared)
    }
    guard let prepared = keys.prepared.baseAddress, let copies = keys.copies.baseAddress else {
      outOfMemory("several keys")
    }
    if Self.keepsPlainValues {
      core.acquire(keys: prepared, holds: &holds, deadline: deadline)
      return holds
    }
    var pinned = 0
    if lt_acquire_multi_new(core.pointer, prepared, holds.base, keys.count, &pinned) {
      holds.note(LT_OK, taken: keys.count)
      return holds
    }
    var pins = HoldBuffer(capacity: keys.count)
    for index in 0..<pinned {
      pins.append(pin: holds.base[index])
    }
    for index in 0..<keys.count where prepared[index].bytes != nil {
      let pin = core.pin(prepared[index]).orTrap()
      // Sound: as give() does, but the table gets this copy, or it ends here.
      if pin.isBorrowed {
        pins.append(
          pin: lt_give_value(pin, copies + index),
          mode: index < exclusiveCount ? .exclusive : .shared)
      } else {
        pins.append(pin: pin, mode: index < exclusiveCount ? .exclusive : .shared)
        keys.copies.deinitializeElement(at: index)
      }
    }
    pins.takePinned(deadline: deadline)
    return pins
  }

  /// Gives the table a copy of the key, if the hold or the pin borrows the key.
  @inlinable
  func give(_ key: Key, to hold: lt_hold_t) -> lt_hold_t {
    guard hold.isBorrowed else { return hold }
    // Sound: the copy has the same bytes as the key in the entry, and retains what they refer to.
    // It is not deinitialised here: the core ends it, by its bytes in the entry.
    return withUnsafeTemporaryAllocation(of: Key.self, capacity: 1) { copy in
      copy.initializeElement(at: 0, to: key)
      guard let address = copy.baseAddress else { outOfMemory("a copy of a key") }
      return lt_give_value(hold, address)
    }
  }

  /// Releases a hold that borrows the scope's key. Out of line: a caller with this in it copies the
  /// key, be it one that is never lent.
  @usableFromInline
  @inline(never)
  func endBorrowedScope(of hold: lt_hold_t, key: Key, mode: LockMode) {
    if !lt_release_borrowed(hold, mode == .shared) {
      mode.release(give(key, to: hold))
    }
    withExtendedLifetime(key) {}
  }

  /// How the core compares such keys, and ends those with references.
  static var valueOperations: lt_value_operations_t {
    // Sound: an existential metatype is two pointers, which stay valid.
    let type = unsafeBitCast(
      Key.self as any Hashable.Type, to: (UnsafeRawPointer?, UnsafeRawPointer?).self)
    return lt_value_operations_t(
      type: type,
      equal: { type, stored, wanted in
        // Sound: `type` is what `valueOperations` gave to the core.
        UnsafeRawPointer(type).load(as: (any Hashable.Type).self).areEqual(stored, wanted)
      },
      destroy: { type, value in
        UnsafeRawPointer(type).load(as: (any Hashable.Type).self).end(value)
      })
  }

  /// Returns the key that the core keeps there.
  static func value(storedAt stored: UnsafeRawPointer) -> Key {
    withValue(storedAt: stored, as: Key.self) { $0 }
  }
}

/// Copies of several keys, and what the core has to know of them. A copy stays where it is: the
/// prepared key points at it. The table gets the copies of keys with references, or ends them.
@usableFromInline
struct ValueKeys<Key: Hashable & Sendable> {
  // Sound: memory of the call that makes this value, for as many keys as there are. The first
  // `count` elements of both are initialised.
  @usableFromInline let copies: UnsafeMutableBufferPointer<Key>
  @usableFromInline let prepared: UnsafeMutableBufferPointer<lt_key_t>
  @usableFromInline var count = 0

  @inlinable
  init(
    copies: UnsafeMutableBufferPointer<Key>, prepared: UnsafeMutableBufferPointer<lt_key_t>
  ) {
    self.copies = copies
    self.prepared = prepared
  }

  @inlinable
  mutating func append(_ key: Key, of table: LockTable<Key>) {
    guard count < copies.count, let base = copies.baseAddress else { moreKeysThanCounted() }
    (base + count).initialize(to: key)
    prepared[count] = table.core.key(
      hash: table.hash(of: key), value: base + count, size: MemoryLayout<Key>.size)
    count += 1
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

  /// Ends a value that was given to the table.
  fileprivate static func end(_ value: UnsafeMutableRawPointer) {
    // Sound: give() made it, the core calls this once for it, and nobody else has these bytes.
    value.assumingMemoryBound(to: Self.self).deinitialize(count: 1)
  }
}

extension lt_hold_t {
  /// Whether an entry has the bytes of a key that the caller must keep.
  @inlinable
  var isBorrowed: Bool { UInt(bitPattern: place) & UInt(LT_BORROWED_BIT) != 0 }
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
