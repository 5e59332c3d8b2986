public import CLockTable

extension MutexTable where Value: ~Copyable {
  /// One key, held exclusively, and its value. The key is released with the guard: by
  /// ``release()``, or at the end of the scope that owns the guard.
  ///
  ///     var held = sessions.acquire(id)
  ///     held.value = Session()
  ///     held.release()
  ///
  /// All that is said of ``LockTable/Guard`` applies, but that this guard keeps the table alive. It
  /// is five words.
  public struct Guard: ~Copyable, @unchecked Sendable {
    // Sound to send: any thread may release a hold, and the guard is the only way to the value.
    @usableFromInline let table: MutexTable
    @usableFromInline let begun: BegunValue<Value>

    @inlinable
    init(_ hold: lt_hold_t, of table: MutexTable) {
      self.table = table
      begun = table.begin(hold)
    }

    @inlinable
    deinit {
      table.end(begun)
    }

    /// Runs `body` with the value of the key, which is nil if there is none.
    ///
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws. The value keeps what `body` has changed.
    @inlinable
    public mutating func withValue<Result: ~Copyable, Failure: Error>(
      _ body: (inout sending Value?) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
      // Sound: no other holder reaches the value, and the body leaves nothing behind in it.
      nonisolated(unsafe) let content = begun.place.content
      return try body(&content.pointee)
    }

    /// Releases the key now. What is in the value stays.
    @inlinable
    public consuming func release() {}

    /// Returns whether this is a hold of `key` in `table`. Works as
    /// ``LockTable/Guard/isHold(of:in:)`` does.
    @inlinable
    public borrowing func isHold(of key: Key, in table: MutexTable) -> Bool {
      table.locks.isHold(begun.hold, of: key)
    }
  }
}

extension MutexTable.Guard where Value: ~Copyable, Value: Sendable {
  /// The value of the key, which is nil if there is none.
  @inlinable
  public var value: Value? {
    // Sound: the guard is the only way to it, and is borrowed or changed meanwhile.
    _read { yield begun.place.content.pointee }
    _modify { yield &begun.place.content.pointee }
  }
}

extension MutexTable where Value: ~Copyable, Value: Sendable {
  /// One key, held shared, and its value. The key is released with the guard: by ``release()``, or
  /// at the end of the scope that owns the guard.
  ///
  /// All that is said of ``MutexTable/Guard`` applies.
  public struct SharedGuard: ~Copyable, @unchecked Sendable {
    // Sound to send: any thread may release a hold, and readers don't change the value.
    @usableFromInline let table: MutexTable
    @usableFromInline let hold: lt_hold_t

    @inlinable
    init(_ hold: lt_hold_t, of table: MutexTable) {
      self.table = table
      self.hold = hold
    }

    @inlinable
    deinit {
      table.endShared(hold)
    }

    /// Runs `body` with the value of the key, which is nil if there is none.
    ///
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws.
    @inlinable
    public borrowing func withValue<Result: ~Copyable, Failure: Error>(
      _ body: (borrowing Value?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
      let value = table.locks.core.value(of: hold)
      guard value.is_present else { return try body(nil) }
      // Sound: the value stays as it is while readers hold the key.
      return try body(KeptPlace<Value?>(room: value.place).content.pointee)
    }

    /// Releases the key now.
    @inlinable
    public consuming func release() {}

    /// Returns whether this is a hold of `key` in `table`. Works as
    /// ``LockTable/Guard/isHold(of:in:)`` does.
    @inlinable
    public borrowing func isHold(of key: Key, in table: MutexTable) -> Bool {
      table.locks.isHold(hold, of: key)
    }
  }
}

extension MutexTable.SharedGuard {
  /// The value of the key, which is nil if there is none.
  @inlinable
  public var value: Value? { withValue { value in value } }
}
