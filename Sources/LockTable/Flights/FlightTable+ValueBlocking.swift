internal import CLockTable

// The forms for threads, which they block. Threads and tasks wait for one flight in one queue.

extension FlightTable {
  /// Returns the result of the key's flight, and blocks the thread until then. Runs `load` on the
  /// calling thread if no flight is under way: that is the flight then, which threads and tasks join.
  ///
  /// A flight whose work a thread does is never cancelled, as that thread wants its result. The
  /// thread may also join a flight that a task has begun. Then it waits for that, and `load` is not
  /// used.
  ///
  /// If `load` asks for the same key, the thread waits for itself, for ever.
  ///
  /// - Returns: What `load` returns, of the caller that began the flight.
  /// - Throws: What that `load` throws, as it is, to all callers that wait; ``LockTableError``.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  public func value(
    for key: Key, maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ load: () throws -> Value
  ) throws -> Value {
    locks.noteCall(file, line)
    return try flyBlocking(key, .unlimited(maximumWaiters), load)
  }

  /// Returns the result of the key's flight, if there is one within `timeout`. Runs `load` on the
  /// calling thread if no flight is under way.
  ///
  /// The timeout limits how long the call waits for others. It does not limit `load`.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  public func value(
    for key: Key, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line, _ load: () throws -> Value
  ) throws -> Value {
    locks.noteCall(file, line)
    return try flyBlocking(key, timeout.wait(maximumWaiters), load)
  }

  /// Returns the result of the key's flight, if there is one before `deadline`. Runs `load` on the
  /// calling thread if no flight is under way. The deadline does not limit `load`.
  ///
  /// - Throws: What the form with a timeout throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  public func value(
    for key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line, _ load: () throws -> Value
  ) throws -> Value {
    locks.noteCall(file, line)
    return try flyBlocking(key, deadline.wait(maximumWaiters), load)
  }

  private func flyBlocking(
    _ key: Key, _ wait: LimitedWait, _ load: () throws -> Value
  ) throws -> Value {
    var hold = locks.acquireHold(key, deadline: LT_OR_PIN, mode: .exclusive).orTrap()
    if hold.isPin {
      let wait = wait.on(locks.clock)
      let end = ThreadSuspension.flight(of: hold.asPin, wait)
      if let landed = end.landed {
        return try landed.takeRetainedValue().value(as: Value.self)
      }
      guard end.hold.place != nil else { throw error(of: end.hold, joined: end.joined, wait, key) }
      hold = end.hold
    }
    return try Flight.run(hold, load).value(as: Value.self)
  }
}
