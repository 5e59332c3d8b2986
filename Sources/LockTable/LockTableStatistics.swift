internal import CLockTable

/// What a ``LockTable`` has done since it was made, and its present state.
///
/// The stripes are read one after the other, each at its own moment. The sums are exact when no
/// other caller uses the table. Otherwise they may include one part of an operation and not the
/// other.
public struct LockTableStatistics: Sendable, Hashable {
  /// The number of holds that were made, exclusive and shared. A multi-key call counts each of its
  /// keys once it has them all. A call whose wait is refused, late or cancelled counts nothing. The
  /// number never decreases.
  public let acquisitions: Int

  /// How often a wanted key was not free at once, whether or not it was acquired later. Calls that
  /// would not have waited don't count.
  public let contendedAcquisitions: Int

  /// How often a thread parked for a key, or a task was suspended.
  public let parks: Int

  /// The number of holds that were made for a waiter, in most cases by a release. All other holds
  /// were made by the thread or task that acquired.
  public let handOffs: Int

  /// The number of acquisitions that ended for lack of time.
  public let timeouts: Int

  /// The number of waits that ended because their task was cancelled. A task that was given the key
  /// and then found itself cancelled counts among ``acquisitions``, not here.
  public let cancellations: Int

  /// The number of acquisitions that were refused, because the key or the table had as many waiters
  /// already as ``LockTableConfiguration/maximumWaitersPerKey``,
  /// ``LockTableConfiguration/maximumWaiters`` or the call's own `maximumWaiters:` allows.
  public let refusals: Int

  /// The number of acquisitions that failed because the table was closed. Those that would not have
  /// waited don't count.
  public let closedFailures: Int

  /// The number of waits that were ended because they were part of a deadlock.
  public let deadlockFailures: Int

  /// ``LockTable/blockedTaskCount``: any number but zero is a mistake in the program.
  public let blockedTasks: Int

  /// How often a waiting thread interrupted every core that runs the process (`membarrier()`), to
  /// see whether a holder has left. At most some hundred a second, for the whole table.
  public let fences: Int

  /// ``LockTable/count``: the keys that are held, waited for, or pinned by a call in progress.
  public let keys: Int

  /// The sum of the most keys that each stripe ever had. The sum is never less than the most keys
  /// that the table had at a time. The sum is more if the stripes had theirs at different times.
  public let peakKeys: Int

  /// The memory that the table uses, in bytes.
  public let bytes: Int

  /// How long waits have lasted that are over, whether or not the waiter got its key. A wait counts
  /// if its thread parked or its task was suspended. What a thread gets while it still spins, for a
  /// few microseconds, does not count here, and neither does a refusal.
  public let waitTimes: Histogram

  /// How long holds have lasted that are over. Without diagnostics, or while the table does not
  /// record, none is counted. A hold is timed by a clock that ticks every few milliseconds, so that
  /// the bounds begin with 10 ms.
  public let holdTimes: Histogram

  /// The number of callers that wait for a key now.
  public let waiters: Int

  /// How long the first in line for a key has waited, where that is longest. Zero if no one waits.
  public let longestWait: Duration

  /// How long the present hold that is oldest has lasted. Zero if no key is held, and nil without
  /// diagnostics.
  public let longestHold: Duration?

  /// The number of suspected deadlocks that the table has found. It searches only if it has a hook
  /// for them, ``LockTable/onSuspectedDeadlock(_:)``, or the policy
  /// ``LockTableConfiguration/Diagnostics-swift.struct/DeadlockPolicy/failYoungest``.
  public let suspectedDeadlocks: Int
}

extension LockTableStatistics: CustomStringConvertible {
  /// One line for each number, which begins with its name.
  public var description: String {
    """
    acquisitions: \(acquisitions)
    contendedAcquisitions: \(contendedAcquisitions)
    parks: \(parks)
    handOffs: \(handOffs)
    timeouts: \(timeouts)
    cancellations: \(cancellations)
    refusals: \(refusals)
    closedFailures: \(closedFailures)
    deadlockFailures: \(deadlockFailures)
    blockedTasks: \(blockedTasks)
    fences: \(fences)
    keys: \(keys)
    peakKeys: \(peakKeys)
    bytes: \(bytes)
    waitTimes: \(waitTimes)
    holdTimes: \(holdTimes)
    waiters: \(waiters)
    longestWait: \(longestWait.brief)
    longestHold: \(longestHold?.brief ?? "unknown")
    suspectedDeadlocks: \(suspectedDeadlocks)
    """
  }
}

extension LockTableStatistics {
  init(
    _ statistics: lt_statistics_t, _ present: lt_present_t, hasDiagnostics: Bool,
    suspectedDeadlocks: Int
  ) {
    acquisitions = Int(clamping: statistics.acquisitions)
    contendedAcquisitions = Int(clamping: statistics.contended)
    parks = Int(clamping: statistics.parks)
    handOffs = Int(clamping: statistics.hand_offs)
    timeouts = Int(clamping: statistics.timeouts)
    cancellations = Int(clamping: statistics.cancellations)
    refusals = Int(clamping: statistics.refusals)
    closedFailures = Int(clamping: statistics.closed)
    deadlockFailures = Int(clamping: statistics.deadlocks)
    blockedTasks = Int(clamping: statistics.task_sleeps)
    fences = Int(clamping: statistics.fences)
    keys = Int(clamping: statistics.keys)
    peakKeys = Int(clamping: statistics.peak_keys)
    bytes = Int(clamping: statistics.bytes)
    waitTimes = Histogram(statistics.waits)
    holdTimes = Histogram(statistics.holds, from: LT_FIRST_HOLD_TIME)
    waiters = Int(clamping: present.waiters)
    longestWait = .nanoseconds(Int64(clamping: present.longest_wait))
    longestHold =
      hasDiagnostics ? .nanoseconds(Int64(clamping: present.longest_hold)) : nil
    self.suspectedDeadlocks = suspectedDeadlocks
  }
}

extension LockTable {
  /// Returns what the table has done so far, in numbers. Call this for monitoring: the call reads
  /// every stripe that was used. It takes a few steps more for each key of a stripe in which callers
  /// have waited since the last call, and with diagnostics for each key. For a million keys, that
  /// takes some tenths of a second.
  ///
  /// The table always counts. The call delays other callers for no more than one stripe at a time,
  /// and for no more than 256 keys of that.
  public func statistics() -> LockTableStatistics {
    monitor.retry(for: self)
    return withExtendedLifetime(self) { parts.statistics() }
  }
}
