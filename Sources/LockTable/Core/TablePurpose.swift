internal import CLockTable

/// What the table of the core is for: `LT_FOR_…`.
package struct TablePurpose: Sendable {
  let code: UInt32

  /// The room for a value in each entry, in bytes.
  var payloadSize = 0
  var payloadAlignment = 1

  package static let locks = TablePurpose(code: LT_FOR_LOCKS)
  package static let flights = TablePurpose(code: LT_FOR_FLIGHTS)
}
