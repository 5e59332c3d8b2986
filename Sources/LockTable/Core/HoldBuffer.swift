public import CLockTable

/// The holds of several keys, or the pins that are to become them. A plain value, which ends exactly
/// once: its owner calls `releaseAll()` or `rollBack(from:)`, or `acquirePinned(deadline:)` fails.
@usableFromInline
struct HoldBuffer {
  // Sound: allocated here for `capacity` elements, of which the first `count` are initialised.
  @usableFromInline var base: UnsafeMutablePointer<lt_hold_t>
  @usableFromInline var count = 0
  let capacity: Int

  @usableFromInline
  init(capacity: Int) {
    self.capacity = capacity
    base = .allocate(capacity: max(capacity, 1))
  }

  mutating func append(_ hold: lt_hold_t) {
    guard count < capacity else {
      fatalError("LockTable: a collection of keys has more elements than its count says")
    }
    base.advanced(by: count).initialize(to: hold)
    count += 1
  }

  subscript(index: Int) -> lt_hold_t { base[index] }

  /// Puts the pins into the order in which to acquire them, without duplicates.
  mutating func sort() {
    lt_sort_pins(base, &count)
  }

  func tryPinned(at index: Int) -> Bool {
    lt_try_pinned(base.advanced(by: index))
  }

  /// What was waited for at `index` has become `hold`. The place stays the pin's, which says how the
  /// key is held.
  func keep(_ hold: lt_hold_t, at index: Int) {
    base[index].tag = hold.tag
  }

  /// The pin at `index` is gone: releases the holds before it, unpins those behind it.
  func rollBack(from index: Int) {
    for index in (index + 1)..<max(count, index + 1) {
      lt_unpin(base[index])
    }
    lt_release_several(base, index)
    base.deallocate()
  }

  /// Turns the pins into holds. On failure nothing is held or pinned, and the buffer is gone.
  mutating func acquirePinned(deadline: UInt64) -> UInt32 {
    let status = lt_acquire_pinned(base, &count, deadline)
    if status != LT_OK {
      base.deallocate()
    }
    return status
  }

  @usableFromInline
  func releaseAll() {
    lt_release_several(base, count)
    base.deallocate()
  }
}
