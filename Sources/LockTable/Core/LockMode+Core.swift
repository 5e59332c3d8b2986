public import CLockTable

// In most inlined code the mode is a literal, so that it costs nothing.

extension LockMode {
  /// The mark that the core adds to the place of a hold, a pin or a key in this mode.
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
