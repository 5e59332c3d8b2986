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
  public init?(lockIdentity: LockKeyPair<UInt64, UInt64>) {
    var uuid: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    withUnsafeMutableBytes(of: &uuid) { bytes in
      bytes.storeBytes(of: lockIdentity.first.littleEndian, as: UInt64.self)
      bytes.storeBytes(of: lockIdentity.second.littleEndian, toByteOffset: 8, as: UInt64.self)
    }
    self.init(uuid: uuid)
  }
}
