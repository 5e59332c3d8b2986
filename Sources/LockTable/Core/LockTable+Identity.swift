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
    let hold = acquireWhileAlive(key, deadline: deadline, mode: mode, inScope: inScope)
    extendLifetime(self)
    return hold
  }

  @inlinable
  @inline(__always)
  func acquireWhileAlive(
    _ key: Key, deadline: UInt64, mode: LockMode, inScope: Bool
  ) -> lt_hold_t {
    if let integer = standardInteger(key) {
      return core.acquire(integer: integer, deadline: deadline, mode: mode)
    }
    // Code that is not specialised would copy the text here.
    if _isConcrete(Key.self), Key.self == String.self {
      return unsafeBitCast(key, to: String.self)
        ._acquire(in: core.pointer, deadline: deadline, mode: mode)
    }
    if let hold = acquireIdentity(key, deadline: deadline, mode: mode) {
      return hold
    }
    return acquireOpaque(key, deadline: deadline, mode: mode, inScope: inScope)
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

  /// Acquires a key that has an identity. Returns nil for a key that has none.
  ///
  /// Where the compiler knows `Key`, it makes the cast, and what is called is a function of that
  /// type. It would not if the two ways to find the type met. `kind` is checked first, because a
  /// cast that fails is slow, and the table has settled the matter.
  @inlinable
  @inline(__always)
  func acquireIdentity(_ key: Key, deadline: UInt64, mode: LockMode) -> lt_hold_t? {
    guard kind != .opaque else { return nil }
    if _isConcrete(Key.self) {
      if let type = Key.self as? any LockKey.Type {
        return withUnsafePointer(to: key) {
          type._acquire($0, in: core.pointer, deadline: deadline, mode: mode)
        }
      }
    } else if let type = identityType {
      return withUnsafePointer(to: key) {
        type._acquire($0, in: core.pointer, deadline: deadline, mode: mode)
      }
    }
    return nil
  }

  /// Returns the integer of a key. Only for a table whose keys are integers to the core.
  @inlinable
  @inline(__always)
  func integerIdentity(of key: UnsafePointer<Key>) -> UInt64 {
    if let integer = standardInteger(key.pointee) {
      return integer
    }
    if _isConcrete(Key.self) {
      if let type = Key.self as? any LockKey.Type {
        return type._lockInteger(of: key)
      }
    } else if let type = identityType {
      return type._lockInteger(of: key)
    }
    keyWithoutIdentity()
  }

  /// Appends the bytes of a key. Only for a table whose keys are bytes to the core.
  @inlinable
  @inline(__always)
  func prepare(_ key: UnsafePointer<Key>, into keys: inout PreparedKeys) {
    if _isConcrete(Key.self) {
      if let type = Key.self as? any LockKey.Type {
        keys.append { type._prepare(key, in: core.pointer, into: $0, copy: $1) }
        return
      }
    } else if let type = identityType {
      keys.append { type._prepare(key, in: core.pointer, into: $0, copy: $1) }
      return
    }
    keyWithoutIdentity()
  }

  /// Calls `body` with the key in the core's form, which is valid during the call.
  @usableFromInline
  func withPrepared<Result>(_ key: Key, _ body: (lt_key_t) -> Result) -> Result {
    if let identityType {
      return withPrepared(key, as: identityType, room: 64, body)
    }
    return withPreparedOpaque(key, body)
  }

  private func withPrepared<Result>(
    _ key: Key, as type: any LockKey.Type, room: Int, _ body: (lt_key_t) -> Result
  ) -> Result {
    let (size, result) = withUnsafeTemporaryAllocation(
      byteCount: room, alignment: MemoryLayout<UInt64>.alignment
    ) { copy in
      var prepared = lt_key_t()
      let size = withUnsafePointer(to: key) {
        type._prepare($0, in: core.pointer, into: &prepared, copy: copy)
      }
      return (size, size <= room ? body(prepared) : nil)
    }
    return result ?? withPrepared(key, as: type, room: size, body)
  }
}

@usableFromInline
@inline(never)
func keyWithoutIdentity() -> Never {
  fatalError("LockTable: a key of a type with an identity has none")
}
