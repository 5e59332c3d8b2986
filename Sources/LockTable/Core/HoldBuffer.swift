public import CLockTable
public import CSwiftTask

/// The holds of several keys, or the pins that become holds, or the keys to acquire. A buffer is a
/// plain value, and ends exactly once: its owner calls `releaseAll()`, `releaseAllInScope()` or
/// `rollBack(taken:pinned:)`, or an acquisition fails.
@usableFromInline
@frozen
struct HoldBuffer {
  // Sound: allocated here for `capacity` elements, of which the first `count` are initialised.
  @usableFromInline var base: UnsafeMutablePointer<lt_hold_t>
  @usableFromInline var count = 0
  @usableFromInline let capacity: Int

  @inlinable
  init(capacity: Int) {
    guard let base = lt_holds_allocate(max(capacity, 1)) else { outOfMemory("several keys") }
    self.capacity = capacity
    self.base = base
  }

  @inlinable
  mutating func append(_ hold: lt_hold_t) {
    guard count < capacity else { moreKeysThanCounted() }
    base.advanced(by: count).initialize(to: hold)
    count += 1
  }

  subscript(index: Int) -> lt_hold_t { base[index] }

  /// Valid until the buffer ends.
  @inlinable
  var elements: UnsafeBufferPointer<lt_hold_t> { UnsafeBufferPointer(start: base, count: count) }

  /// Appends a key to acquire: an integer, or a key that is prepared elsewhere.
  @inlinable
  mutating func append(wanted integer: UInt64 = 0, mode: LockMode) {
    append(lt_hold_t(place: mode.mark, tag: integer))
  }

  /// Turns the status of an acquisition that did not wait into its result. If a key was not
  /// available, the first `taken` elements are holds.
  @inlinable
  func result(_ status: UInt32, taken: Int) -> TakenHolds {
    switch status {
    case LT_OK: return .all(self)
    case LT_SUSPENDED: return .some(self, taken: taken)
    default:
      lt_holds_deallocate(base)
      if status == LT_NO_MEMORY {
        outOfMemory("the entries of several keys")
      }
      return .none
    }
  }

  /// Takes the pinned keys as `lt_acquire_multi()` takes keys, for keys that the core can't
  /// compare.
  @usableFromInline
  mutating func takePinned(deadline: UInt64) -> TakenHolds {
    var taken = 0
    let status: UInt32
    if deadline == LT_NO_WAIT {
      status = lt_acquire_pinned(base, &count, deadline)
    } else {
      lt_sort_pins(base, &count)
      status = lt_take_pinned(base, count, &taken)
    }
    return result(status, taken: taken)
  }

  /// Takes the next keys as long as each is available at once. Returns true if one was not.
  func takeNext(_ taken: inout Int) -> Bool {
    lt_take_pinned(base, count, &taken) == LT_SUSPENDED
  }

  /// Stores the hold that the wait at `index` ended with. The place stays that of the pin, which
  /// records the mode.
  func keep(_ hold: lt_hold_t, at index: Int) {
    base[index].tag = hold.tag
  }

  /// Ends the buffer: releases the first `taken` holds, and then drops the pins from `pinned` on.
  func rollBack(taken: Int, pinned: Int) {
    lt_release_multi(base, taken)
    for index in pinned..<max(count, pinned) {
      lt_unpin(base[index])
    }
    lt_holds_deallocate(base)
  }

  /// Turns the pins from `taken` on into holds, and waits for each. On failure no key is held or
  /// pinned, and the buffer has ended.
  @usableFromInline
  func waitPinned(taken: Int, deadline: UInt64) -> UInt32 {
    let status = lt_wait_pinned(base, count, taken, deadline)
    if status != LT_OK {
      lt_holds_deallocate(base)
    }
    return status
  }

  /// Only for a table that is not closed before this returns.
  @usableFromInline
  func releaseAllInScope() {
    lt_release_multi_while_open(base, count)
    lt_holds_deallocate(base)
  }

  @usableFromInline
  func releaseAll() {
    lt_release_multi(base, count)
    lt_holds_deallocate(base)
  }
}

extension Collection {
  /// Calls `body` with each element in place, if the elements are contiguous, which saves some
  /// reference counting.
  @inlinable
  @inline(__always)
  func forEachInPlace(_ body: (Element) -> Void) {
    let isDone: Void? = withContiguousStorageIfAvailable { elements in
      for element in elements {
        body(element)
      }
    }
    if isDone == nil {
      for element in self {
        body(element)
      }
    }
  }
}

/// The result of a multi-key acquisition that does not wait.
@usableFromInline
@frozen
enum TakenHolds {
  case all(HoldBuffer)
  /// The first `taken` keys are held. The next one was not available at once: it is pinned, and so
  /// are all that follow.
  case some(HoldBuffer, taken: Int)
  /// No key is held or pinned.
  case none
}

@usableFromInline
@inline(never)
func moreKeysThanCounted() -> Never {
  fatalError("LockTable: a collection of keys has more elements than its count says")
}
