public import CLockTable

// How a key gets to the core: by the way that was settled when the table was made.

extension LockTable {
  /// Acquires for as long as the caller says. The result may be a failure.
  ///
  /// The comparisons of types are made by the compiler wherever it knows `Key`; elsewhere they are
  /// two pointers each.
  @inlinable
  @inline(__always)
  func acquireHold(_ key: Key, deadline: UInt64) -> lt_hold_t {
    withExtendedLifetime(self) {
      if Key.self == Int.self {
        // Sound, here and below: the types are the same.
        let integer = unsafeBitCast(key, to: Int.self)
        return core.acquire(integer: integer._lockInteger, deadline: deadline)
      }
      if Key.self == String.self {
        return acquireIdentity(unsafeBitCast(key, to: String.self), deadline: deadline)
      }
      if let identity = key as? any LockKey {
        return acquireIdentity(identity, deadline: deadline)
      }
      return withPrepared(key) { core.acquire(key: $0, deadline: deadline) }
    }
  }

  @inlinable
  @inline(__always)
  func acquireIdentity(_ key: some LockKey, deadline: UInt64) -> lt_hold_t {
    switch type(of: key)._lockKeyKind {
    case .integer:
      return core.acquire(integer: key._lockInteger, deadline: deadline)
    case .text:
      let hold = key._withLockBytes { core.acquire(ascii: $0, deadline: deadline) }
      if hold.place != nil || hold.status != LT_NOT_ASCII {
        return hold
      }
      return key._withCanonicalLockBytes { core.acquire(bytes: $0, deadline: deadline) }
    case .bytes, .opaque:
      return key._withLockBytes { core.acquire(bytes: $0, deadline: deadline) }
    }
  }

  /// Calls `body` with the key in the core's form, which is good during the call.
  @usableFromInline
  func withPrepared<Result>(_ key: Key, _ body: (lt_key_t) -> Result) -> Result {
    if let identity = key as? any LockKey {
      return withPrepared(identity: identity, body)
    }
    var hasher = Hasher()
    hasher.combine(hasherSeed)
    hasher.combine(key)
    let hash = hasher.finalize()
    return withUnsafePointer(to: key) { pointer in
      withUnsafePointer(to: WantedKey(keys: opaqueKeys, key: pointer)) { wanted in
        body(core.key(hash: hash, wanted: wanted))
      }
    }
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
