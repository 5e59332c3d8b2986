public import CLockTable

// What the forms of a table of values do with a hold.

extension MutexTable where Value: ~Copyable {
  /// Runs `body` with the value of a hold, and releases the hold.
  @inlinable
  @inline(__always)
  func withValue<Result: ~Copyable, Failure: Error>(
    of hold: lt_hold_t, _ body: (inout sending Value?) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    // Sound: no other holder reaches the value, and the body leaves nothing behind in it.
    let begun = begin(hold)
    nonisolated(unsafe) let content = begun.place.content
    do throws(Failure) {
      let result = try body(&content.pointee)
      end(begun)
      return result
    } catch {
      end(begun)
      throw error
    }
  }

  /// The same for a body that may suspend.
  @inlinable
  nonisolated(nonsending) func withValueInTask<Result: ~Copyable, Failure: Error>(
    of hold: lt_hold_t,
    _ body: nonisolated(nonsending) (inout sending Value?) async throws(Failure) -> sending Result
  ) async throws(Failure) -> sending Result {
    // Sound: as above.
    let begun = begin(hold)
    nonisolated(unsafe) let content = begun.place.content
    defer { end(begun) }
    return try await body(&content.pointee)
  }

  /// A new exclusive hold, whose value is where the holder may write it: nil, if there was none.
  @inlinable
  @inline(__always)
  func begin(_ hold: lt_hold_t) -> BegunValue<Value> {
    let value = locks.core.value(of: hold)
    let place = KeptPlace<Value?>(room: value.place)
    if !value.is_present {
      place.begin(nil)
    }
    return BegunValue(hold: hold, place: place, wasPresent: value.is_present)
  }

  /// Releases the hold. A value that is not nil stays.
  @inlinable
  @inline(__always)
  func end(_ begun: BegunValue<Value>) {
    let isPresent = begun.place.hasValue()
    if !isPresent {
      begun.place.end()
    }
    if isPresent == begun.wasPresent {
      lt_release_while_open(begun.hold.place)
    } else {
      lt_release_value(begun.hold, isPresent)
    }
    extendLifetime(self)
  }
}

extension MutexTable where Value: ~Copyable, Value: Sendable {
  /// Runs `body` with the value of a shared hold, and releases the hold.
  @inlinable
  @inline(__always)
  func withSharedValue<Result: ~Copyable, Failure: Error>(
    of hold: lt_hold_t, _ body: (borrowing Value?) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let value = locks.core.value(of: hold)
    defer { endShared(hold) }
    guard value.is_present else { return try body(nil) }
    // Sound: the value stays as it is while readers hold the key.
    return try body(KeptPlace<Value?>(room: value.place).content.pointee)
  }

  /// The same for a body that may suspend.
  @inlinable
  nonisolated(nonsending) func withSharedValueInTask<Result: ~Copyable, Failure: Error>(
    of hold: lt_hold_t,
    _ body: nonisolated(nonsending) (borrowing Value?) async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    let value = locks.core.value(of: hold)
    defer { endShared(hold) }
    guard value.is_present else { return try await body(nil) }
    // Sound: as above.
    return try await body(KeptPlace<Value?>(room: value.place).content.pointee)
  }

  @inlinable
  @inline(__always)
  func endShared(_ hold: lt_hold_t) {
    lt_release_shared(hold)
    extendLifetime(self)
  }
}

/// An exclusive hold, and its value.
@usableFromInline
@frozen
struct BegunValue<Value: ~Copyable> {
  @usableFromInline let hold: lt_hold_t
  @usableFromInline let place: KeptPlace<Value?>
  /// Whether there was a value when the hold began.
  @usableFromInline let wasPresent: Bool

  @inlinable
  init(hold: lt_hold_t, place: KeptPlace<Value?>, wasPresent: Bool) {
    self.hold = hold
    self.place = place
    self.wasPresent = wasPresent
  }
}

extension KeptPlace where Content: ~Copyable {
  /// Whether the optional value there is not nil.
  @inlinable
  @inline(__always)
  func hasValue<Value: ~Copyable>() -> Bool where Content == Value? {
    switch content.pointee {
    case .some: true
    case .none: false
    }
  }
}
