internal import CLockTable

/// How the core handles keys that it can't compare itself: Swift's `==` decides.
enum OpaqueKeyOperations {
  /// It keeps their bytes: ValueKeys.swift.
  case values(kind: UInt32, lt_value_operations_t)
  /// It keeps references to boxes, for keys that it can't keep so.
  case boxes(lt_key_operations_t)
}

/// Handles the keys that need boxes.
///
/// The core keeps a key as an owned reference to a box. The core handles the box with three C
/// functions, which it calls outside its locks. C functions can't be generic, so those that need
/// the key's type forward to a method that a generic subclass overrides.
@usableFromInline
class AnyOpaqueKeys: @unchecked Sendable {
  // Sound to share: it has no state.

  fileprivate func makeBox(of key: UnsafeRawPointer) -> AnyKeyBox {
    fatalError("LockTable: overridden")
  }
}

@usableFromInline
final class OpaqueKeys<Key: Hashable & Sendable>: AnyOpaqueKeys, @unchecked Sendable {
  @usableFromInline
  override init() {}

  fileprivate override func makeBox(of key: UnsafeRawPointer) -> AnyKeyBox {
    // Sound: `key` points at the Key of the call in progress.
    KeyBox(key.load(as: Key.self))
  }
}

extension OpaqueKeys {
  /// Returns the key in the box that the core keeps there.
  static func key(storedAt stored: UnsafeRawPointer) -> Key? {
    // Sound: makeBox makes all that the core stores for opaque keys.
    (Unmanaged<AnyKeyBox>.fromOpaque(stored).takeUnretainedValue() as? KeyBox<Key>)?.key
  }
}

private class AnyKeyBox {
  func holds(_ key: UnsafeRawPointer) -> Bool {
    fatalError("LockTable: overridden")
  }
}

private final class KeyBox<Key: Hashable>: AnyKeyBox {
  let key: Key

  init(_ key: Key) {
    self.key = key
  }

  override func holds(_ other: UnsafeRawPointer) -> Bool {
    // Sound: all keys of a table have one type.
    key == other.load(as: Key.self)
  }
}

/// The key that a call names. The value lives on the stack of the call, and borrows both
/// properties.
@usableFromInline
struct WantedKey {
  @usableFromInline let keys: Unmanaged<AnyOpaqueKeys>
  @usableFromInline let key: UnsafeRawPointer

  @usableFromInline
  init(keys: AnyOpaqueKeys, key: UnsafeRawPointer) {
    self.keys = .passUnretained(keys)
    self.key = key
  }
}

extension LockTable {
  /// Calls `body` with a key without an identity in the core's form, which is valid during the call.
  func withPreparedOpaque<Result>(_ key: Key, _ body: (lt_key_t) -> Result) -> Result {
    // Sound: the core uses the pointers only during the call.
    withUnsafePointer(to: key) { pointer in
      if Self.keepsPlainValues || Self.keepsOwningValues {
        return body(
          core.key(hash: hash(of: key), value: pointer, size: MemoryLayout<Key>.size))
      }
      return withUnsafePointer(to: WantedKey(keys: opaqueKeys, key: pointer)) { wanted in
        body(core.key(hash: hash(of: key), wanted: wanted))
      }
    }
  }

  static var opaqueKeyOperations: OpaqueKeyOperations {
    if keepsPlainValues {
      return .values(kind: LT_KEYS_VALUE, valueOperations)
    }
    if keepsOwningValues {
      return .values(kind: LT_KEYS_OWNING, valueOperations)
    }
    return .boxes(AnyOpaqueKeys.operations)
  }

  /// Returns the key that the core keeps there.
  static func opaqueKey(storedAt stored: UnsafeRawPointer) -> Key? {
    keepsPlainValues || keepsOwningValues
      ? value(storedAt: stored) : OpaqueKeys<Key>.key(storedAt: stored)
  }
}

extension AnyOpaqueKeys {
  static var operations: lt_key_operations_t {
    lt_key_operations_t(
      equal: { stored, wanted in
        let box = Unmanaged<AnyKeyBox>.fromOpaque(stored)
        let wanted = wanted.load(as: WantedKey.self)
        return box._withUnsafeGuaranteedRef { $0.holds(wanted.key) }
      },
      copy: { wanted in
        let wanted = wanted.load(as: WantedKey.self)
        let box = wanted.keys._withUnsafeGuaranteedRef { $0.makeBox(of: wanted.key) }
        return Unmanaged.passRetained(box).toOpaque()
      },
      destroy: { stored in
        Unmanaged<AnyKeyBox>.fromOpaque(stored).release()
      })
  }
}
