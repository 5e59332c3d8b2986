public import CLockTable
public import CSwiftTask

/// What a multi-key acquisition has so far: keys to acquire, or holds and pins, or a failure. This
/// is to several keys what `lt_hold_t` is to one.
///
/// A buffer can't be copied, and ends exactly once: with the holds, by `orTrap()` or `ifHeld()`, or
/// without any. A buffer that is dropped releases and unpins what it has.
@usableFromInline
@frozen
struct HoldBuffer: ~Copyable {
  // Sound: allocated here for `capacity` elements, of which the first `count` are initialised.
  @usableFromInline let base: UnsafeMutablePointer<lt_hold_t>
  @usableFromInline var count = 0
  @usableFromInline let capacity: Int
  /// The number of elements that are holds. They come first.
  @usableFromInline var taken = 0
  /// Elements from this one on are pins.
  @usableFromInline var firstPin = Int.max
  /// Of the last acquisition. `LT_BUSY` before the first.
  @usableFromInline var status = LT_BUSY

  @inlinable
  init(capacity: Int) {
    guard let base = lt_holds_allocate(max(capacity, 1)) else { outOfMemory("several keys") }
    self.capacity = capacity
    self.base = base
  }

  @inlinable
  deinit {
    rollBack()
    lt_holds_deallocate(base)
  }

  /// Appends a key to acquire: an integer, or a key that is prepared elsewhere.
  @inlinable
  mutating func append(wanted integer: UInt64 = 0, mode: LockMode) {
    append(lt_hold_t(place: mode.mark, tag: integer))
  }

  /// Appends a key to acquire that is pinned. All keys of the buffer are.
  @inlinable
  mutating func append(pin: lt_hold_t, mode: LockMode) {
    append(pin: pin.marked(mode))
  }

  /// Appends a pin that is marked already.
  @inlinable
  mutating func append(pin: lt_hold_t) {
    append(pin)
    firstPin = 0
  }

  @inlinable
  mutating func append(_ hold: lt_hold_t) {
    guard count < capacity else { moreKeysThanCounted() }
    base.advanced(by: count).initialize(to: hold)
    count += 1
  }

  /// Records the result of an acquisition that did not wait. If a key was not available at once,
  /// `taken` keys are held, and the others are pinned. After a failure no key is held or pinned.
  @inlinable
  mutating func note(_ status: UInt32, taken: Int) {
    self.status = status
    switch status {
    case LT_OK: (self.taken, firstPin) = (count, .max)
    case LT_SUSPENDED: (self.taken, firstPin) = (taken, taken)
    case LT_NO_MEMORY: outOfMemory("the entries of several keys")
    default: (self.taken, firstPin) = (0, .max)
    }
  }

  /// Whether a key was not available at once. The buffer must then wait.
  @inlinable
  var isPinned: Bool { status == LT_SUSPENDED }

  /// Takes the pinned keys as `lt_acquire_multi()` takes keys, for keys that the core can't
  /// compare.
  @usableFromInline
  mutating func takePinned(deadline: UInt64) {
    var taken = 0
    let status: UInt32
    if deadline == LT_NO_WAIT {
      status = lt_acquire_pinned(base, &count, deadline)
    } else {
      lt_sort_pins(base, &count)
      status = lt_take_pinned(base, count, &taken)
    }
    note(status, taken: taken)
  }

  /// Turns the pins into holds, and blocks the thread until it has each. On failure no key is held
  /// or pinned.
  mutating func waitPinned(deadline: UInt64, mostWaiters: UInt32) {
    var failed = lt_hold_t()
    let status = lt_wait_pinned(base, count, taken, deadline, mostWaiters, &failed)
    note(status, taken: taken)
    if status != LT_OK {
      failedKey = failed
    }
  }

  /// The key whose wait failed, as `lt_wait_pinned()` names it. Only after such a failure: then the
  /// buffer has neither holds nor pins, and the first element is free to name the key. A property of
  /// its own would make each buffer larger, and each acquisition of several keys slower.
  @usableFromInline
  var failedKey: lt_hold_t {
    get { base.pointee }
    nonmutating set { base.initialize(to: newValue) }
  }

  /// The first pin.
  private var nextPin: lt_hold_t { base[taken] }

  /// Returns the first pin, for a wait that takes it over. `keepsPin`: the buffer keeps one, too.
  func pinToWaitFor(keepsPin: Bool) -> lt_hold_t {
    if keepsPin {
      lt_pin_again(nextPin)
    }
    return nextPin
  }

  /// Takes over what the wait for the first pin ended with. After a failure releases all keys.
  mutating func endWait(_ hold: lt_hold_t, keepsPin: Bool) {
    guard hold.place != nil else { return fail(hold.status, keepsPin: keepsPin) }
    if keepsPin {
      lt_unpin(nextPin)
    }
    keep(hold)
  }

  /// Stores the hold that the wait for the first pin ended with, and takes the next keys as long as
  /// each is available at once. The place stays that of the pin, which records the mode.
  private mutating func keep(_ hold: lt_hold_t) {
    base[taken].tag = hold.tag
    var taken = taken + 1
    let status = lt_take_pinned(base, count, &taken)
    note(status, taken: taken)
  }

  /// Records that the wait for the first pin failed, and releases all keys. `keepsPin`: that pin
  /// still exists. It then names the key, if another key has the same hash.
  private mutating func fail(_ status: UInt32, keepsPin: Bool) {
    var failed = lt_hold_t(place: nil, tag: nextPin.tag)
    let namesKey = keepsPin && lt_shares_hash(base, count, taken)
    if namesKey {
      failed.place = nextPin.unmarked(nextPin.mode).place
    }
    firstPin = keepsPin && !namesKey ? taken : taken + 1
    rollBack()
    note(status, taken: 0)
    failedKey = failed
  }

  /// Releases the holds, and then drops the pins.
  @usableFromInline
  func rollBack() {
    lt_release_multi(base, taken)
    for index in min(firstPin, count)..<count {
      lt_unpin(base[index])
    }
  }

  @inlinable
  consuming func holds() -> MultiHold {
    let holds = MultiHold(base: base, count: count)
    discard self
    return holds
  }

  /// Ends the buffer, which has the holds.
  @inlinable
  consuming func orTrap() -> MultiHold {
    guard status == LT_OK else { neverRefused() }
    return holds()
  }

  /// Ends the buffer. Nil if a key was not available.
  @inlinable
  consuming func ifHeld() -> MultiHold? {
    guard status == LT_OK else { return nil }
    return holds()
  }
}

/// The holds of several keys. They are released exactly once: when the value is dropped, or by
/// `endScope()`.
@usableFromInline
@frozen
struct MultiHold: ~Copyable, @unchecked Sendable {
  // Sound: allocated by the core for at least `count` elements, all of them holds. Sound to send:
  // a hold is a value, and the core lets any thread release it, once. No other value has this
  // pointer.
  @usableFromInline let base: UnsafeMutablePointer<lt_hold_t>
  @usableFromInline let count: Int

  @inlinable
  init(base: UnsafeMutablePointer<lt_hold_t>, count: Int) {
    self.base = base
    self.count = count
  }

  @inlinable
  deinit {
    lt_release_multi(base, count)
    lt_holds_deallocate(base)
  }

  /// Returns the holds, which the caller releases and deallocates.
  @inlinable
  consuming func handOver() -> UnsafeMutablePointer<lt_hold_t> {
    let base = base
    discard self
    return base
  }

  /// Releases the keys. Only for a table that is not closed before this returns.
  @inlinable
  consuming func endScope() {
    lt_release_multi_while_open(base, count)
    lt_holds_deallocate(base)
    discard self
  }

  /// Calls `body` with the holds, which stay where they are until it returns.
  @inlinable
  borrowing func withElements<Result>(
    _ body: (UnsafeBufferPointer<lt_hold_t>) -> Result
  ) -> Result {
    body(UnsafeBufferPointer(start: base, count: count))
  }
}

extension Collection {
  /// Calls `body` with each element in place, if the elements are contiguous, which saves some
  /// reference counting.
  @inlinable
  @inline(__always)
  func forEachInPlace(_ body: (UnsafePointer<Element>) -> Void) {
    let isDone: Void? = withContiguousStorageIfAvailable { elements in
      guard let base = elements.baseAddress else { return }
      for index in elements.indices {
        body(base.advanced(by: index))
      }
    }
    if isDone == nil {
      for element in self {
        withUnsafePointer(to: element, body)
      }
    }
  }
}

@usableFromInline
@inline(never)
func moreKeysThanCounted() -> Never {
  fatalError("LockTable: a collection of keys has more elements than its count says")
}

@usableFromInline
@inline(never)
func neverRefused() -> Never {
  fatalError("LockTable: a wait without limit ended without a hold")
}
