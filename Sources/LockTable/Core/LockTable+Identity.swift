public import CLockTable

// A key reaches the core in the way that was chosen when the table was made.

extension LockTable {
  /// Tries to acquire the key until the deadline. The result may be a failure.
  ///
  /// `mode` is a literal wherever speed matters, and costs nothing there. Where the compiler knows
  /// `Key`, it makes the comparisons of types itself. Elsewhere each of them compares two pointers.
  ///
  /// `inScope` promises that the caller keeps the key, and ends with `endScope(of:key:mode:)`.
  @inlinable
  @inline(__always)
  func acquireHold(
    _ key: Key, deadline: UInt64, mode: LockMode, inScope: Bool = false
  ) -> lt_hold_t {
    withExtendedLifetime(self) {
      if let integer = standardInteger(key) {
        return core.acquire(integer: integer, deadline: deadline, mode: mode)
      }
      if Key.self == String.self {
        return acquireText(unsafeBitCast(key, to: String.self), deadline: deadline, mode: mode)
      }
      // `kind` is checked first, because a cast that fails is slow.
      if kind != .opaque, let identity = key as? any LockKey {
        return acquireIdentity(identity, deadline: deadline, mode: mode)
      }
      return acquireOpaque(key, deadline: deadline, mode: mode, inScope: inScope)
    }
  }

  @inlinable
  @inline(__always)
  func standardInteger(_ key: Key) -> UInt64? {
    if Key.self == Int.self { return unsafeBitCast(key, to: Int.self)._lockInteger }
    if Key.self == UInt64.self { return unsafeBitCast(key, to: UInt64.self)._lockInteger }
    if Key.self == Int64.self { return unsafeBitCast(key, to: Int64.self)._lockInteger }
    if Key.self == UInt.self { return unsafeBitCast(key, to: UInt.self)._lockInteger }
    if Key.self == Int32.self { return unsafeBitCast(key, to: Int32.self)._lockInteger }
    if Key.self == UInt32.self { return unsafeBitCast(key, to: UInt32.self)._lockInteger }
    return nil
  }

  @inlinable
  @inline(__always)
  func acquireIdentity<Identity: LockKey>(
    _ key: Identity, deadline: UInt64, mode: LockMode
  ) -> lt_hold_t {
    switch Identity._lockKeyKind {
    case .integer:
      return core.acquire(integer: key._lockInteger, deadline: deadline, mode: mode)
    case .text:
      let hold = key._withLockBytes { core.acquire(ascii: $0, deadline: deadline, mode: mode) }
      if hold.isNotASCII {
        return key._withCanonicalLockBytes {
          core.acquire(bytes: $0, deadline: deadline, mode: mode)
        }
      }
      return hold
    case .bytes, .opaque:
      return key._withLockBytes { core.acquire(bytes: $0, deadline: deadline, mode: mode) }
    }
  }

  /// Acquires by a plain `String`. Text that is not contiguous ASCII is handled out of line.
  /// Otherwise the text would be retained and released around the call.
  @inlinable
  @inline(__always)
  func acquireText(_ text: String, deadline: UInt64, mode: LockMode) -> lt_hold_t {
    let hold = text.utf8.withContiguousStorageIfAvailable {
      core.acquire(ascii: UnsafeRawBufferPointer($0), deadline: deadline, mode: mode)
    }
    if let hold, !hold.isNotASCII {
      return hold
    }
    return acquireCanonical(text, deadline: deadline, mode: mode)
  }

  @usableFromInline
  @inline(never)
  func acquireCanonical(_ text: String, deadline: UInt64, mode: LockMode) -> lt_hold_t {
    text._withCanonicalLockBytes { core.acquire(bytes: $0, deadline: deadline, mode: mode) }
  }

  /// Returns the integer of a key. Only for a table whose keys are integers to the core.
  @inlinable
  @inline(__always)
  func integerIdentity(of key: Key) -> UInt64 {
    if let integer = standardInteger(key) {
      return integer
    }
    guard let identity = key as? any LockKey else { keyWithoutIdentity() }
    return identity._lockInteger
  }

  /// Appends the bytes of a key. Only for a table whose keys are bytes to the core.
  @inlinable
  @inline(__always)
  func prepare(_ key: Key, into keys: inout PreparedKeys) {
    if Key.self == String.self {
      prepareText(unsafeBitCast(key, to: String.self), into: &keys)
    } else if let identity = key as? any LockKey {
      prepareIdentity(identity, into: &keys)
    } else {
      keyWithoutIdentity()
    }
  }

  @inlinable
  @inline(__always)
  func prepareText(_ text: String, into keys: inout PreparedKeys) {
    let isDone = text.utf8.withContiguousStorageIfAvailable {
      keys.append(UnsafeRawBufferPointer($0), of: core, ifASCII: true)
    }
    if isDone != true {
      prepareCanonical(text, into: &keys)
    }
  }

  @usableFromInline
  @inline(never)
  func prepareCanonical(_ text: String, into keys: inout PreparedKeys) {
    _ = text._withCanonicalLockBytes { keys.append($0, of: core) }
  }

  @inlinable
  @inline(__always)
  func prepareIdentity<Identity: LockKey>(_ key: Identity, into keys: inout PreparedKeys) {
    let isDone = key._withLockBytes {
      keys.append($0, of: core, ifASCII: Identity._lockKeyKind == .text)
    }
    if !isDone {
      _ = key._withCanonicalLockBytes { keys.append($0, of: core) }
    }
  }

  /// Calls `body` with the key in the core's form, which is valid during the call.
  @usableFromInline
  func withPrepared<Result>(_ key: Key, _ body: (lt_key_t) -> Result) -> Result {
    // The casts of the common types come first: one to `any LockKey` takes as long as twenty
    // mutexes.
    if let integer = standardInteger(key) {
      return body(core.key(integer: integer))
    }
    if Key.self == String.self {
      return withPrepared(identity: unsafeBitCast(key, to: String.self), body)
    }
    if kind != .opaque, let identity = key as? any LockKey {
      return withPrepared(identity: identity, body)
    }
    return withPreparedOpaque(key, body)
  }

  private func withPrepared<Result>(
    identity: some LockKey, _ body: (lt_key_t) -> Result
  ) -> Result {
    switch type(of: identity)._lockKeyKind {
    case .integer:
      return body(core.key(integer: identity._lockInteger))
    case .text:
      let result: Result? = identity._withLockBytes { bytes in
        let key = core.key(bytes: bytes)
        return key.is_ascii != 0 ? body(key) : nil
      }
      return result ?? identity._withCanonicalLockBytes { body(core.key(bytes: $0)) }
    case .bytes, .opaque:
      return identity._withLockBytes { body(core.key(bytes: $0)) }
    }
  }
}

@usableFromInline
@inline(never)
func keyWithoutIdentity() -> Never {
  fatalError("LockTable: a key of a type with an identity has none")
}
