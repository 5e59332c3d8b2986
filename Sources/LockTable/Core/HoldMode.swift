public import CLockTable

/// How a key is held. A literal on all ways that are inlined, where it leaves no trace.
@usableFromInline
@frozen
enum HoldMode {
  case exclusive
  case shared

  /// What the core adds to the place of a hold, a pin or a key that is held this way.
  @inlinable
  @inline(__always)
  var mark: UnsafeMutableRawPointer? {
    switch self {
    case .exclusive: nil
    case .shared: UnsafeMutableRawPointer(bitPattern: UInt(LT_SHARED_BIT))
    }
  }

  @inlinable
  @inline(__always)
  func release(_ hold: lt_hold_t) {
    switch self {
    case .exclusive: lt_release(hold)
    case .shared: lt_release_shared(hold)
    }
  }
}
