internal import CLockTable

/// A table of permits by key: at most so many callers have a key at a time. Each key that is in use
/// is a counting semaphore, and the other keys have none.
///
///     let downloads = SemaphoreTable<String>(permits: 4)
///     try await downloads.withPermit(host) { try await fetch(url) }
///
/// What it guarantees:
///
/// 1. Of each key, no more permits are out than the key has. Keys that are `==` are one key.
/// 2. Permits are handed over in order of arrival. A caller that wants several gets them together,
///    and those behind it that want fewer stand behind it until then. So no request starves.
/// 3. Different keys never wait for each other's holders.
/// 4. A waiter that is cancelled or late leaves at once, and passes its turn on. No permit is lost.
/// 5. A key uses memory only while one of its permits is out or waited for. When nothing is, the
///    table is empty.
///
/// A table's keys have one number of permits, or each has its own, which may change
/// (``init(name:permits:configuration:)-(_,(Key)->Int,_)``, ``capacityChanged(for:)``).
///
/// A permit is given back by the guard or scope that has it. There is no permit without a holder: a
/// table counts what goes on, and not what has been. So it limits how many calls run at a time, and
/// not how many begin in a second.
///
/// Forms, errors, cancellation, closing and diagnostics are those of ``LockTable``. A table has
/// threads and tasks in one line per key.
///
/// Not reentrant: a caller that has all permits of a key and asks for one more waits for itself. A
/// wait lends no priority.
public final class SemaphoreTable<Key: Hashable & Sendable>: Sendable {
  /// The configuration of a table. Its ``LockTableConfiguration/fairness-swift.property`` decides
  /// only what becomes of a task that was handed permits and does not run, as its executor is busy:
  /// under ``LockTableConfiguration/Fairness-swift.enum/adaptive`` the next in line gets them after
  /// a few milliseconds. Under both policies nobody takes a permit past others.
  public typealias Configuration = LockTableConfiguration

  /// Permits are holds of this table, which it makes for no other purpose.
  @usableFromInline package let locks: LockTable<Key>

  /// Says how many permits a key has. Nil if all have the same.
  let capacity: (@Sendable (Key) -> Int)?

  /// Whether all keys have the same number of permits, for code that is inlined.
  @usableFromInline let isUniform: Bool

  /// Makes an empty table in which each key has so many permits.
  ///
  /// With 0 permits, all requests wait. Traps if the number is negative, if memory runs out, or if
  /// the configuration is out of range, with a sentence that says what is allowed. Names are used
  /// as those of a ``LockTable``, and ``LockTableRegistry`` has the tables of both kinds.
  public init(
    name: String? = nil, permits: Int, configuration: Configuration = Configuration()
  ) {
    guard permits >= 0 else {
      fatalError("LockTable: permits is \(permits); a key can't have fewer than 0 permits")
    }
    var random = SystemRandomNumberGenerator()
    locks = LockTable(
      name: name, configuration: configuration, seed: (random.next() | 1, random.next()),
      purpose: .permits(permits))
    capacity = nil
    isUniform = true
  }

  /// Makes an empty table in which each key has as many permits as `permits` says.
  ///
  ///     let downloads = SemaphoreTable<Host>(permits: { host in host.isOurs ? 16 : 2 })
  ///
  /// The table asks when a key comes into use, which is the first time that a permit of it is asked
  /// for while none is out or waited for. It does not remember the answer for longer than the key
  /// is in use. ``capacityChanged(for:)`` has it ask again meanwhile.
  ///
  /// `permits` is called on the thread or in the task that asks for a permit, with no lock of the
  /// table held. It may use the table. It may block, but in a task it would block a thread that all
  /// tasks share, also in a form that never waits itself. Callers that ask for the first permits of
  /// one key at the same time may each call it, so that nobody waits for another's call. Of several
  /// answers the latest question's counts. 0 is allowed: then all requests wait until the number
  /// rises. Traps if the answer is negative.
  public init(
    name: String? = nil, permits: @escaping @Sendable (Key) -> Int,
    configuration: Configuration = Configuration()
  ) {
    var random = SystemRandomNumberGenerator()
    locks = LockTable(
      name: name, configuration: configuration, seed: (random.next() | 1, random.next()),
      purpose: .permitsByKey)
    capacity = permits
    isUniform = false
  }

  /// The name that the table was made with.
  public var name: String? { locks.name }
}

// How many permits a key has.
extension SemaphoreTable {
  /// Says that the number of permits of a key is another one now: has the table ask `permits`
  /// again, if the key is in use. Does nothing otherwise, and for a table whose keys all have the
  /// same number: a table does not remember the number of a key that is not in use.
  ///
  /// When it rises, those are let in whose turn it is by then. When it falls, holders keep their
  /// permits, be they too many, and the next ones are handed over once few enough are out. A
  /// request for more than the new number fails with ``LockTableError/Reason/exceedsCapacity``,
  /// also one that waits already; but with 0 permits requests wait.
  ///
  /// Call it after the change, from any thread. `permits` is called before this returns. If other
  /// callers ask at the same time, the answer to the latest question counts.
  public func capacityChanged(for key: Key) {
    askAgain(key)
  }
}

// The state of a table: what a ``LockTable`` tells of itself.
extension SemaphoreTable {
  /// The number of keys of which permits are out or waited for, or that a call in progress needs.
  /// Works, and costs, as ``LockTable/count`` does.
  public var count: Int { locks.count }

  /// Whether no permit is out or waited for. Works, and costs, as ``LockTable/isEmpty`` does.
  public var isEmpty: Bool { locks.isEmpty }

  /// Returns how many permits of the key are out. The answer is true of some moment during the
  /// call, and may be outdated when the call returns. To act on a permit that is left, use
  /// `withPermitIfAvailable(_:_:)`.
  public func permitsOut(of key: Key) -> Int {
    var out = 0
    withExtendedLifetime(locks) {
      locks.withPrepared(key) { prepared in
        locks.core.inspect(prepared) { out = $0.holders }
      }
    }
    return out
  }

  /// The number of callers that wait for permits of the key, at some moment during the call.
  package func countWaiters(of key: Key) -> Int { locks.countWaiters(of: key) }

  /// How often a thread parked for permits while it was running a task:
  /// ``LockTable/blockedTaskCount``.
  public var blockedTaskCount: Int { locks.blockedTaskCount }

  /// What the table has done so far, in numbers, as ``LockTable/statistics()`` returns it. A hold
  /// of several permits is one acquisition.
  public func statistics() -> LockTableStatistics { locks.statistics() }

  /// The keys that are in use, with their holders and waiters, as ``LockTable/snapshot()`` returns
  /// them. ``LockTableSnapshot/Entry/holderCount`` of
  /// ``LockTableSnapshot/Entry/capacity`` permits are out.
  public func snapshot() -> LockTableSnapshot<Key> { locks.snapshot() }

  /// Whether the table records holds and waits that begin from now on: ``LockTable/isRecording``.
  public var isRecording: Bool {
    get { locks.isRecording }
    set { locks.isRecording = newValue }
  }

  /// Calls `body` for each wait that has lasted for `threshold`, and once more for its end, as
  /// ``LockTable/onSlowWait(threshold:_:)`` does.
  @discardableResult
  public func onSlowWait(
    threshold: Duration, _ body: @escaping @Sendable (SlowLockWait<Key>) -> Void
  ) -> LockHook {
    locks.onSlowWait(threshold: threshold, body)
  }

  /// Calls `body` for each hold that has lasted for `threshold`, and once more for its end, as
  /// ``LockTable/onLongHold(threshold:_:)`` does.
  @discardableResult
  public func onLongHold(
    threshold: Duration, _ body: @escaping @Sendable (LongLockHold<Key>) -> Void
  ) -> LockHook {
    locks.onLongHold(threshold: threshold, body)
  }
}

// The orderly end of a table's service.
extension SemaphoreTable {
  /// Closes the table: from now on each form that can throw a ``LockTableError`` throws one with
  /// the reason ``LockTableError/Reason/closed``, also one that waits. Works as
  /// ``LockTable/close()`` does.
  public func close() { locks.close() }

  /// Whether ``close()`` was called.
  public var isClosed: Bool { locks.isClosed }

  /// Waits until no permit is out or waited for, but not longer than `deadline`. Works as
  /// ``LockTable/drained(until:)`` does.
  ///
  /// - Returns: Whether the table was empty at the last look.
  public nonisolated(nonsending) func drained(until deadline: ContinuousClock.Instant) async -> Bool
  {
    await locks.drained(until: deadline)
  }
}
