internal import CLockTable
internal import CSwiftTask

// The forms for tasks: the task suspends, and no thread of the pool is blocked.

extension FlightTable {
  /// Returns the result of the key's flight. Begins the flight with `load` if none is under way.
  ///
  /// The flight runs `load` in a task of its own, which has the priority and the task-locals of the
  /// caller that begins it. The `load` of a caller that joins is not used. If a caller of a higher
  /// priority joins, then the flight's task rises to it.
  ///
  /// The caller stays on its actor. If it is cancelled, it leaves at once, and the flight goes on for
  /// those who stay. When all have left, the flight's task is cancelled, and its result goes to
  /// nobody. A caller that arrives then waits until that task has ended, and begins a new flight.
  ///
  /// If the key has `maximumWaiters` waiters already, the call is refused at once: the one that began
  /// the flight counts. With 0 the call begins a flight or is refused. The limits of the table's
  /// configuration count as well. A caller that begins a flight is never refused for them.
  ///
  /// If `load` asks for the same key, it waits for itself, until it is cancelled.
  ///
  /// - Returns: What `load` returns, of the caller that began the flight.
  /// - Throws: What that `load` throws, as it is, to all who wait; `CancellationError` if the
  ///   caller's task is cancelled; ``LockTableError``. If `load` throws a `CancellationError` of
  ///   its own accord, then all who wait get that one.
  public nonisolated(nonsending) func value(
    for key: Key, maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ load: sending @escaping () async throws -> Value
  ) async throws -> Value {
    locks.noteCall(file, line)
    return try await fly(key, .unlimited(maximumWaiters), load)
  }

  /// Returns the result of the key's flight, if there is one within `timeout`. Begins the flight with
  /// `load` if none is under way.
  ///
  /// The timeout is the caller's, and not the flight's: a caller that is late leaves alone, as one
  /// that is cancelled does. A timeout of zero or less begins and joins nothing. A timeout that the
  /// clock can't hold is no limit.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  public nonisolated(nonsending) func value(
    for key: Key, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ load: sending @escaping () async throws -> Value
  ) async throws -> Value {
    locks.noteCall(file, line)
    return try await fly(key, timeout.wait(maximumWaiters), load)
  }

  /// Returns the result of the key's flight, if there is one before `deadline`. Begins the flight with
  /// `load` if none is under way.
  ///
  /// - Throws: What the form with a timeout throws.
  public nonisolated(nonsending) func value(
    for key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ load: sending @escaping () async throws -> Value
  ) async throws -> Value {
    locks.noteCall(file, line)
    return try await fly(key, deadline.wait(maximumWaiters), load)
  }

  /// Returns the result of the key's flight if one is under way, and waits for it. Begins none.
  ///
  /// - Returns: What the flight's `load` returns; nil if no flight is under way. If a flight is being
  ///   cancelled, the call waits for its end, and joins the next one or returns nil.
  /// - Throws: What the form that begins flights throws.
  public nonisolated(nonsending) func valueIfInFlight(
    for key: Key, maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> Value? {
    locks.noteCall(file, line)
    switch try await join(key, .unlimited(maximumWaiters)) {
    case .landed(let flight): return try flight.value()
    case .held(let hold):
      lt_release(hold)
      return nil
    }
  }

  private nonisolated(nonsending) func fly(
    _ key: Key, _ wait: LimitedWait, _ load: sending @escaping () async throws -> Value
  ) async throws -> Value {
    let wait = wait.on(locks.clock)
    switch try await join(key, wait) {
    case .landed(let flight): return try flight.value()
    case .held(let hold):
      let flight = FlightOf(load)
      return try await begin(flight, hold, of: key, wait)
    }
  }

  /// Acquires the key, or waits for its flight.
  private nonisolated(nonsending) func join(
    _ key: Key, _ wait: LimitedWait
  ) async throws -> Boarding<Value> {
    let hold = locks.acquireHold(key, deadline: LT_OR_PIN, mode: .exclusive).orTrap()
    guard hold.isPin else { return .held(try hold.unlessCancelled(.exclusive)) }
    let observed = locks.observeWait(for: hold.asPin)
    let end = await waitForFlight(hold.asPin, wait)
    observed?.end(end.hold, joined: end.joined)
    if let landed = end.landed {
      return .landed(landed.of(Value.self))
    }
    guard end.hold.place != nil else { throw error(of: end, wait, key) }
    return .held(try end.hold.unlessCancelled(.exclusive))
  }

  private nonisolated(nonsending) func begin(
    _ flight: FlightOf<Value>, _ hold: lt_hold_t, of key: Key, _ wait: LimitedWait
  ) async throws -> Value {
    flight.prepare(hold, urgency: Task.currentPriority.rawValue)
    let end = await waitForFlight(hold, beginning: flight, wait)
    if end.landed != nil {
      return try flight.value()
    }
    if end.joined == 0 {
      flight.discard()
      lt_release(hold)
    }
    throw error(of: end, wait, key)
  }

  func error(of end: FlightWait, _ wait: LimitedWait, _ key: Key) -> any Error {
    locks.anyError(
      for: WaitFailure(status: end.hold.status, wait: wait, joined: end.joined), key: key)
  }
}

/// What a caller does next: it reads the result of a flight, or begins one with its hold.
enum Boarding<Value: Sendable> {
  case landed(FlightOf<Value>)
  case held(lt_hold_t)
}

extension Flight {
  /// The flight of a table of such values.
  func of<Value>(_: Value.Type) -> FlightOf<Value> {
    // Sound: a table has flights of one type, and refers to no others.
    unsafeDowncast(self, to: FlightOf<Value>.self)
  }
}
