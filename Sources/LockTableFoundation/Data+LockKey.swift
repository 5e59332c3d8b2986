public import Foundation
public import LockTable

/// The identity of a `Data` is its bytes.
extension Data: _LockBytes {
  /// Calls `body` with the bytes.
  @inlinable
  public func _withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    bytes.withUnsafeBytes(body)
  }

  /// Makes the data of those bytes.
  public static func _make(lockInteger: UInt64, lockBytes: UnsafeRawBufferPointer) -> Data? {
    Data(lockBytes)
  }
}
