internal import CLockTable

/// What the table of the core is for: `LT_FOR_…`.
package struct TablePurpose: Sendable {
  let code: UInt32

  /// The room for a value in each entry, in bytes.
  var payloadSize = 0
  var payloadAlignment = 1

  /// How many permits each key has, or `LT_PERMITS_BY_KEY`.
  var permits: UInt32 = 0

  package static let locks = TablePurpose(code: LT_FOR_LOCKS)

  static func permits(_ count: Int) -> Self {
    Self(code: LT_FOR_PERMITS, permits: UInt32(clamping: min(count, Int(LT_MOST_PERMITS))))
  }

  static let permitsByKey = Self(code: LT_FOR_PERMITS, permits: LT_PERMITS_BY_KEY)
}
