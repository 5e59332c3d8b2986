internal import Foundation
public import LockTable

extension LockTableRegistry {
  /// Returns `report()` as JSON, with its keys in alphabetical order.
  ///
  /// The article *Diagnosing a stuck server* documents the form: a table has `name`, `isClosed`,
  /// `statistics`, `keys` and `isComplete`. Keys are text, as `LockTableConfiguration.describeKey`
  /// has them.
  ///
  /// Throws what `JSONEncoder` throws, which has no reason to.
  public static func dumpJSON() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(report()), as: UTF8.self)
  }
}
