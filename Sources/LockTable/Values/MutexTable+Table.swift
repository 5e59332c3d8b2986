internal import CLockTable

// What concerns all of a table's keys.

extension MutexTable where Value: ~Copyable {
  /// The name that the table was made with.
  public var name: String? { locks.name }

  /// The number of values: of keys whose value is not nil. A key that a caller holds, and whose
  /// value it is about to set, does not count yet.
  ///
  /// The number is a snapshot. The call locks each stripe that was ever used for a moment, however
  /// many values there are.
  public var count: Int {
    withExtendedLifetime(self) { locks.core.valueCount }
  }

  /// Whether there are no values. Callers may hold keys, all the same: their number is
  /// ``lockedCount``.
  public var isEmpty: Bool { count == 0 }

  /// The number of keys that are held, waited for, or pinned by a call in progress, whether or not
  /// they have a value.
  ///
  /// The number is a snapshot, for monitoring and for tests: the call looks at each key of the
  /// table. For a million keys that takes some tenths of a second. It delays other callers for no
  /// more than 256 keys.
  public var lockedCount: Int {
    withExtendedLifetime(self) { locks.core.usedCount }
  }

  /// Returns whether somebody holds the key, as ``LockTable/isLocked(_:)`` does.
  public func isLocked(_ key: Key) -> Bool { locks.isLocked(key) }

  /// The keys that have values, in no order.
  ///
  /// They are a snapshot: the keys of one stripe are those of one moment, and the moments differ. A
  /// value may come or go before the array is there. The call needs time and memory for each key.
  ///
  /// A table keeps the identity of a key. Traps if the type is a ``LockKey`` that can't be made
  /// from its identity: write its ``LockKey/init(lockIdentity:)``.
  public var keys: [Key] {
    withExtendedLifetime(self) { locks.keysOfValues() }
  }

  /// What the table has done so far, in numbers. The keys that they count are those of ``locks``:
  /// with a value, or in use.
  public func statistics() -> LockTableStatistics { locks.statistics() }

  /// Returns the keys that are held or waited for, with their holders and waiters, and without
  /// their values. A key that merely has a value is not among them.
  public func snapshot() -> LockTableSnapshot<Key> { locks.snapshot() }

  /// Closes the table, as ``LockTable/close()`` does: from now on, the forms that can throw a
  /// ``LockTableError`` do so. The values stay; `removeAll()` removes them from a closed table,
  /// too.
  public func close() { locks.close() }

  /// Whether ``close()`` was called.
  public var isClosed: Bool { locks.isClosed }

  /// Waits until nobody holds a key or waits for one, but not longer than `deadline`. Values don't
  /// count: they may be there when this returns.
  ///
  /// The call looks again and again, with pauses that grow from 1 ms to 32 ms, and a look costs
  /// what ``lockedCount`` does. If the task is cancelled, the call returns early.
  ///
  /// - Returns: Whether no key was held, waited for, or pinned by a call in progress, at the last
  ///   look.
  public nonisolated(nonsending) func drained(until deadline: ContinuousClock.Instant) async -> Bool
  {
    await comesTrue(until: deadline) { lockedCount == 0 }
  }
}

extension LockTable {
  /// The keys that have values.
  func keysOfValues() -> [Key] {
    var keys: [Key] = []
    for stripe in 0..<stripeCount {
      for pin in core.pinValues(ofStripe: stripe) {
        core.name(pinned: pin) { keys.append(Self.key(of: $0)) }
        lt_unpin(pin)
      }
    }
    return keys
  }

  private static func key(of report: lt_report_t) -> Key {
    guard let key = knownKey(of: report) else {
      fatalError(
        """
        LockTable: a key of type \(Key.self) was asked for, and can't be made from its identity. \
        Write its init(lockIdentity:)
        """)
    }
    return key
  }
}
