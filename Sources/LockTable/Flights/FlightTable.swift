internal import CLockTable

/// A table of flights by key. A flight is one piece of work, such as the loading of what the key
/// stands for, whose result all callers share that ask for the key while it is under way.
///
///     let profiles = FlightTable<User.ID, Profile>()
///     let profile = try await profiles.value(for: id) { try await api.profile(of: id) }
///
/// What it guarantees:
///
/// 1. A key has one flight at a time. Keys that are `==` are one key.
/// 2. A caller that arrives while a flight is under way gets the result of that flight: its value or
///    its error, and never anything in its place.
/// 3. A caller that is cancelled or late leaves at once and alone. The flight goes on for the
///    others. When the last caller has left, the flight is cancelled.
/// 4. A caller that arrives while a flight is being cancelled neither joins it nor runs beside it.
///    It waits until that flight has ended, and then begins the next one. Of several such callers
///    one begins it, and the others join.
/// 5. A key uses memory only while somebody waits for it or its flight is under way. Nothing is kept
///    afterwards: no value, and no error.
///
/// What it does not do: it is no cache. The next caller after a flight begins a new one. Put a cache
/// in front of the table, and fill it where the value is loaded.
///
/// A table is a reference. Share one between all code that asks for the same things. If the table
/// goes while a flight is under way, the flight goes on to its end.
///
/// <doc:SingleFlight> says what this replaces, and how priorities, task-locals and cancellation
/// travel.
public final class FlightTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// The configuration of a table. A table of flights does not use
  /// ``LockTableConfiguration/fairness-swift.property``: a key is handed on in order of arrival.
  /// A limit of waiters counts the callers that wait for a flight, with the one that began it.
  public typealias Configuration = LockTableConfiguration

  /// The keys. A flight holds its key.
  @usableFromInline package let locks: LockTable<Key>

  /// The name that the table was made with.
  public var name: String? { locks.name }

  /// Makes an empty table. Its name appears in errors and wherever else people read of the table.
  ///
  /// Traps if memory runs out. Traps if the configuration is out of range, with a sentence that
  /// says what is allowed.
  public convenience init(name: String? = nil, configuration: Configuration = Configuration()) {
    var random = SystemRandomNumberGenerator()
    self.init(name: name, configuration: configuration, seed: (random.next() | 1, random.next()))
  }

  /// Makes a table with a known seed, for tests that choose keys with equal hashes.
  package init(name: String? = nil, configuration: Configuration, seed: (UInt64, UInt64)) {
    locks = LockTable(name: name, configuration: configuration, seed: seed, purpose: .flights)
  }
}

extension FlightTable {
  /// The number of keys whose flight is under way, or whose result is being taken. The number is a
  /// snapshot and costs what ``LockTable/count`` does.
  public var count: Int { locks.count }

  /// Whether no flight is under way, and no result is being taken. The answer is a snapshot.
  public var isEmpty: Bool { locks.isEmpty }

  /// Returns whether a flight of the key is under way. The answer is true of some moment during the
  /// call, and may be outdated when the call returns.
  public func isInFlight(_ key: Key) -> Bool { locks.isLocked(key) }

  /// Closes the table: from now on, calls throw ``LockTableError`` with the reason
  /// ``LockTableError/Reason/closed``. Callers that wait leave at once with the same error, so that
  /// their flights are cancelled. A flight whose work a thread does goes on, as that thread wants
  /// its result.
  ///
  /// A table stays closed. ``drained(until:)`` tells when the last flight has ended.
  public func close() { locks.close() }

  /// Whether ``close()`` was called.
  public var isClosed: Bool { locks.isClosed }

  /// Waits until no flight is under way, but not longer than `deadline`. The table need not be
  /// closed. It costs what ``LockTable/drained(until:)`` does.
  ///
  /// - Returns: Whether no flight was under way, at the last look.
  public nonisolated(nonsending) func drained(until deadline: ContinuousClock.Instant) async -> Bool
  {
    await locks.drained(until: deadline)
  }

  /// Returns the flights under way, and how many callers wait for each. With diagnostics, it also
  /// tells which tasks and threads wait, and which one does the work: that is the holder.
  public func snapshot() -> LockTableSnapshot<Key> { locks.snapshot() }

  /// Returns what the table has done so far, in numbers. It costs what ``LockTable/statistics()``
  /// does.
  public func statistics() -> FlightTableStatistics {
    let counted = withExtendedLifetime(locks) { locks.core.statistics }
    return FlightTableStatistics(
      flights: Int(clamping: counted.flights), joins: Int(clamping: counted.joins),
      locks.statistics())
  }
}
