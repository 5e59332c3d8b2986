internal import CLockTable

/// What the table of the core is for: `LT_FOR_…`.
package struct TablePurpose: Sendable {
  let code: UInt32

  /// The room for a value in each entry, in bytes.
  var payloadSize = 0
  var payloadAlignment = 1

  /// How many permits each key has, or `LT_PERMITS_BY_KEY`.
  var permits: UInt32 = 0
  /// What ends values. Nil: the entries keep none.
  var values: KeptValues?
  /// Whether a value ends with the last use of its key.
  var valuesInUseOnly = false

  package static let locks = TablePurpose(code: LT_FOR_LOCKS)
  package static let flights = TablePurpose(code: LT_FOR_FLIGHTS)

  static func permits(_ count: Int) -> Self {
    Self(code: LT_FOR_PERMITS, permits: UInt32(clamping: min(count, Int(LT_MOST_PERMITS))))
  }

  static let permitsByKey = Self(code: LT_FOR_PERMITS, permits: LT_PERMITS_BY_KEY)

  /// Values stay until their holders remove them, or end with the last use of their keys.
  static func values(_ values: KeptValues, inUseOnly: Bool) -> TablePurpose {
    TablePurpose(
      code: LT_FOR_VALUES, payloadSize: values.size, payloadAlignment: values.alignment,
      values: values, valuesInUseOnly: inUseOnly)
  }
}

extension lt_config_t {
  /// Says how the core ends values. The object outlives that: a table of values that stay ends all
  /// of them before it goes, and each value in use has a reference to the object.
  mutating func use(_ values: KeptValues?, inUseOnly: Bool) {
    guard let values else { return }
    values_in_use_only = inUseOnly
    end_value_context = Unmanaged.passUnretained(values).toOpaque()
    // Sound: the context is that object.
    if inUseOnly {
      end_value = { context, place in
        guard let context else { return }
        Unmanaged<KeptValues>.fromOpaque(context).takeRetainedValue().end(place)
      }
    } else {
      end_value = { context, place in
        guard let context else { return }
        Unmanaged<KeptValues>.fromOpaque(context).takeUnretainedValue().end(place)
      }
    }
  }
}
