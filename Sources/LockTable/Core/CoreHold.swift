public import CLockTable
public import CSwiftTask

// What the handle asks of a hold, of a pin, and of the reason why there is neither.

extension lt_hold_t {
  /// The reason why there is no hold. Valid only for a failed acquisition.
  @inlinable
  var status: UInt32 { UInt32(truncatingIfNeeded: tag) }

  @inlinable
  var isNotASCII: Bool { place == nil && status == LT_NOT_ASCII }

  /// Traps if the core ran out of memory. A wait without a limit can't fail in another way.
  @inlinable
  func orTrap() -> lt_hold_t {
    if place == nil {
      outOfMemory("a key's entry")
    }
    return self
  }

  /// After `LT_OR_PIN`, true if another caller holds the key, so that the call pinned it.
  @inlinable
  var isPin: Bool { UInt(bitPattern: place) & UInt(LT_PIN_BIT) != 0 }

  /// The pin, without the bit that `isPin` reads.
  @inlinable
  var asPin: lt_hold_t { lt_hold_t(place: place.map { $0 - Int(LT_PIN_BIT) }, tag: tag) }

  /// Marks the hold or the pin with the mode of its key.
  @inlinable
  func marked(_ mode: LockMode) -> lt_hold_t {
    switch mode {
    case .exclusive: self
    case .shared: lt_hold_t(place: place.map { $0 + Int(LT_SHARED_BIT) }, tag: tag)
    }
  }

  /// The mode of a hold that is marked.
  @inlinable
  var mode: LockMode { UInt(bitPattern: place) & UInt(LT_SHARED_BIT) == 0 ? .exclusive : .shared }

  /// Takes the mark off a hold that is marked with `mode`.
  @inlinable
  func unmarked(_ mode: LockMode) -> lt_hold_t {
    switch mode {
    case .exclusive: self
    case .shared: lt_hold_t(place: place.map { $0 - Int(LT_SHARED_BIT) }, tag: tag)
    }
  }

  /// Returns nil if another caller holds the key. Traps if the core ran out of memory.
  @inlinable
  var ifHeld: lt_hold_t? {
    if place != nil {
      return self
    }
    if status == LT_NO_MEMORY {
      outOfMemory("a key's entry")
    }
    return nil
  }
}

extension lt_hold_t {
  /// Checks for cancellation, once, after the key is held. A task that was cancelled before the
  /// previous holder released the key finds that out here, and gives the hold back.
  @inlinable
  @inline(__always)
  func unlessCancelled(_ mode: LockMode) throws -> lt_hold_t {
    if lt_task_is_cancelled() {
      throw giveBackForCancellation(self, mode: mode)
    }
    return self
  }

  /// The same for several permits.
  @usableFromInline
  @inline(never)
  func unlessCancelled(ofPermits permits: UInt32) throws -> lt_hold_t {
    guard lt_task_is_cancelled() else { return self }
    lt_release_permits(self, permits)
    throw CancellationError()
  }
}

@usableFromInline
@inline(never)
func giveBackForCancellation(_ hold: lt_hold_t, mode: LockMode) -> any Error {
  mode.release(hold)
  return CancellationError()
}
