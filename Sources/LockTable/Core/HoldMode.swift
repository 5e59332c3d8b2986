public import CLockTable

/// How a key is held. A literal on all ways that are inlined, where it leaves no trace.
@usableFromInline
@frozen
enum HoldMode {
  case exclusive
  case shared

  @inlinable
  @inline(__always)
  func release(_ hold: lt_hold_t) {
    switch self {
    case .exclusive: lt_release(hold)
    case .shared: lt_release_shared(hold)
    }
  }
}
