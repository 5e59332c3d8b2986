internal import CLockTable

// Removing values of all keys.

extension MutexTable where Value: ~Copyable {
  /// Removes each value for which `body` returns true. Each value is looked at while its key is
  /// held, one after the other, and ends once its key was released.
  ///
  ///     sessions.removeAll { session in session.isIdle }
  ///
  /// Blocks the thread while other callers hold the keys: the call waits for each of them, and
  /// works on a closed table, too. So the caller must hold no key of the table. A value that comes
  /// meanwhile may be looked at or not. `body` may change the values that it keeps.
  ///
  /// Takes time and some memory for each value.
  ///
  /// - Throws: What `body` throws. The value at hand stays, as do those that were not looked at.
  @available(*, noasync, message: "use 'await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  public func removeAll<Failure: Error>(
    where body: (inout sending Value) throws(Failure) -> Bool
  ) throws(Failure) {
    for stripe in 0..<locks.stripeCount {
      var pins = Pins(locks.core.pinValues(ofStripe: stripe))
      while var pin = pins.next() {
        locks.noteCall()
        guard lt_wait_pinned(&pin, 1, 0, LT_FOREVER, LT_ANY_NUMBER, nil) == LT_OK else {
          outOfMemory("a wait")
        }
        try removeValue(of: pin, if: body)
      }
    }
  }

  /// Removes all values. Waits for the callers that hold their keys, as `removeAll(where:)` does.
  @available(*, noasync, message: "use 'await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  public func removeAll() {
    removeAll { (_: inout sending Value) in true }
  }

  /// Removes each value for which `body` returns true, as the form for threads does. The task
  /// suspends while other callers hold the keys, and stays on the caller's actor.
  ///
  /// This is clean-up: a cancelled task goes on. Throw from `body` to stop.
  ///
  /// - Throws: What `body` throws. The value at hand stays, as do those that were not looked at.
  public nonisolated(nonsending) func removeAll<Failure: Error>(
    where body: (inout sending Value) throws(Failure) -> Bool
  ) async throws(Failure) {
    for stripe in 0..<locks.stripeCount {
      var pins = Pins(locks.core.pinValues(ofStripe: stripe))
      while let pin = pins.next() {
        locks.noteCall()
        let (hold, _) = await suspend(for: pin, LimitedWait(deadline: LT_UNREFUSED))
        try removeValue(of: hold.orTrap(), if: body)
      }
    }
  }

  /// Removes all values. Waits for the callers that hold their keys, as `removeAll(where:)` does.
  public nonisolated(nonsending) func removeAll() async {
    await removeAll { (_: inout sending Value) in true }
  }

  /// Releases the hold. The value, if it is removed, ends after that.
  private func removeValue<Failure: Error>(
    of hold: lt_hold_t, if body: (inout sending Value) throws(Failure) -> Bool
  ) throws(Failure) {
    let value = locks.core.value(of: hold)
    guard value.is_present else {
      // It was removed while the call waited.
      return lt_release_value(hold, false)
    }
    let place = KeptPlace<Value?>(room: value.place)
    guard var taken = place.takeOut() else {
      return lt_release_value(hold, false)
    }
    let isRemoved: Bool
    do throws(Failure) {
      isRemoved = try body(&taken)
    } catch {
      place.begin(consume taken)
      lt_release_value(hold, true)
      throw error
    }
    if isRemoved {
      lt_release_value(hold, false)
      _ = consume taken
    } else {
      place.begin(consume taken)
      lt_release_value(hold, true)
    }
  }
}

/// Pins of which each is handed out once. Gives back what is left of them.
private struct Pins: ~Copyable {
  private let pins: [lt_hold_t]
  private var taken = 0

  init(_ pins: [lt_hold_t]) {
    self.pins = pins
  }

  deinit {
    for pin in pins[taken...] {
      lt_unpin(pin)
    }
  }

  mutating func next() -> lt_hold_t? {
    guard taken < pins.count else { return nil }
    taken += 1
    return pins[taken - 1]
  }
}
