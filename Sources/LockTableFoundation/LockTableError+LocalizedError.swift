public import Foundation
public import LockTable

extension LockTableError: LocalizedError {
  /// The sentence that ``LockTable/LockTableError/description`` is, so that `localizedDescription`
  /// says it as well.
  public var errorDescription: String? { description }
}
