// Places in line: the forms that take one now, for a task that comes to wait later.

extension LockTable {
  /// Takes a place in line for `key`, or the key itself if that is free and nobody waits for it.
  /// Never waits, so a callback or an event loop may call it.
  ///
  ///     func received(_ event: Event) {  // called in order, and not async
  ///       let turn = locks.enqueue(event.order)
  ///       Task {
  ///         let held = try await turn.acquired()
  ///         …
  ///         held.release()
  ///       }
  ///     }
  ///
  /// The turns of one key have it one after the other, in the order of these calls, under both
  /// policies. So work for one key from one producer runs in order, which `Task { }` alone does not
  /// promise. A ``Turn`` says what else is true of it.
  ///
  /// The call itself does not fail: ``Turn/acquired()`` throws if the turn was refused, as the
  /// table is closed or more callers wait than may (`maximumWaiters`: as in `acquire(_:)`).
  ///
  /// A turn costs an allocation or two, and the call a look-up and a lock of its stripe. Traps if
  /// memory runs out.
  ///
  /// - Warning: A turn that is not kept leaves at once, as in `_ = locks.enqueue(key)`.
  public func enqueue(
    _ key: Key, maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line
  ) -> Turn {
    noteCall(file, line)
    return Turn(of: key, in: self, .unlimited(maximumWaiters))
  }

  /// Takes a place in line for `key` that lasts for `timeout`, from now on. After that the turn
  /// ends, unless ``Turn/acquired()`` has returned: it leaves the queue, or passes the key on that
  /// it has been handed and that nobody has claimed. Otherwise works as the form without a limit
  /// does.
  ///
  /// With a limit of zero or less the turn has ended from the start, whether or not the key is
  /// free.
  public func enqueue(
    _ key: Key, timeout: Duration, maximumWaiters: Int? = nil, file: StaticString = #fileID,
    line: UInt = #line
  ) -> Turn {
    noteCall(file, line)
    return Turn(of: key, in: self, timeout.wait(maximumWaiters))
  }

  /// Takes a place in line for `key` that lasts until `deadline`. Otherwise works as the form with
  /// a timeout does.
  public func enqueue(
    _ key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) -> Turn {
    noteCall(file, line)
    return Turn(of: key, in: self, deadline.wait(maximumWaiters))
  }
}
