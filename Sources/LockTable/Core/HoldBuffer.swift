public import CLockTable

/// The holds of several keys, or the pins that are to become them. A plain value, which ends exactly
/// once: its owner calls `releaseAll()`, `undo()` or `rollBack(from:)`, or `acquirePinned(deadline:)` fails.
@usableFromInline
struct HoldBuffer {
  // Sound: allocated here for `capacity` elements, of which the first `count` are initialised.
  @usableFromInline var base: UnsafeMutablePointer<lt_hold_t>
  @usableFromInline var count = 0
  @usableFromInline let capacity: Int

  @inlinable
  init(capacity: Int) {
    self.capacity = capacity
    base = .allocate(capacity: max(capacity, 1))
  }

  @inlinable
  mutating func append(_ hold: lt_hold_t) {
    guard count < capacity else { moreKeysThanCounted() }
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

  /// Keeps what an attempt brought, if that is a hold.
  @inlinable
  mutating func append(ifHeld hold: lt_hold_t, mode: HoldMode) -> Bool {
    guard hold.place != nil else { return false }
    append(hold.marked(mode))
    return true
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
  @usableFromInline
  mutating func acquirePinned(deadline: UInt64) -> UInt32 {
    let status = lt_acquire_pinned(base, &count, deadline)
    if status != LT_OK {
      base.deallocate()
    }
    return status
  }

  /// Releases holds that came to nothing.
  @usableFromInline
  func undo() {
    lt_undo_several(base, count)
    base.deallocate()
  }

  @usableFromInline
  func releaseAll() {
    lt_release_several(base, count)
    base.deallocate()
  }
}

extension Collection {
  /// Calls `body` with the elements where they lie, if they lie in a row; nil otherwise. Of the standard
  /// library's collections: those are arrays, and what is empty.
  @inlinable
  func withElementsInPlace<Result>(
    _ body: (UnsafeBufferPointer<Element>) -> Result
  ) -> Result? {
    // Sound: the elements stay for as long as the call, and none of them is used after it.
    isEmpty
      ? body(UnsafeBufferPointer(start: nil, count: 0)) : withContiguousStorageIfAvailable(body)
  }
}

@usableFromInline
@inline(never)
func moreKeysThanCounted() -> Never {
  fatalError("LockTable: a collection of keys has more elements than its count says")
}
