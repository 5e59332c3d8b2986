public import Foundation
public import LockTable

/// A `UUID` is its 16 bytes.
extension UUID: LockKey {
  /// The bytes, as two integers.
  @inlinable
  public var lockIdentity: LockKeyPair<UInt64, UInt64> {
    withUnsafeBytes(of: uuid) { bytes in
      LockKeyPair(
        bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
        bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }
  }
}
