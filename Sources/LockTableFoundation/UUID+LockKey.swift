public import Foundation
public import LockTable

/// The identity of a `UUID` is its 16 bytes.
extension UUID: LockKey {
  /// The bytes, as two integers whose bytes they are on each machine.
  @inlinable
  public var lockIdentity: LockKeyPair<UInt64, UInt64> {
    withUnsafeBytes(of: uuid) { bytes in
      LockKeyPair(
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
  }

  /// Makes the UUID of those bytes.
  public static func _make(lockInteger: UInt64, lockBytes: UnsafeRawBufferPointer) -> UUID? {
    guard lockBytes.count == MemoryLayout<uuid_t>.size else { return nil }
    return UUID(uuid: lockBytes.loadUnaligned(as: uuid_t.self))
  }
}
