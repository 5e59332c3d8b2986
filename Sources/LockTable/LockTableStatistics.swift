internal import CLockTable

/// What a ``LockTable`` has done since it was made, and what it is like now.
///
/// The stripes are looked at one after the other, each at a moment of its own. The sums are exact
/// when nobody else is at work; otherwise they may show one end of something and not the other.
public struct LockTableStatistics: Sendable, Hashable {
  /// Holds that their callers kept, exclusive and shared. Of several keys, each counts, when the call has
  /// them all: a call that is refused, late or cancelled counts nothing. Never less than it was.
  public let acquisitions: Int

  /// How often a key that was wanted could not be had at once, be it that it was acquired later or
  /// not at all. Those who would not have waited do not count.
  public let contendedAcquisitions: Int

  /// How often a thread went to sleep for a key, or a task was suspended.
  public let parks: Int

  /// Holds that were made for somebody who was waiting, by a release for the most part; the other
  /// holds were made by those who came for them.
  public let handOffs: Int

  /// Acquisitions that ended for lack of time.
  public let timeouts: Int

  /// Waits that ended because their task was cancelled. A task that was given the key and then found
  /// itself cancelled counts among ``acquisitions``, not here.
  public let cancellations: Int

  /// Acquisitions that were refused because as many as
  /// ``LockTableConfiguration/maximumWaitersPerKey`` allows waited already.
  public let refusals: Int

  /// ``LockTable/blockedTaskCount``: anything but zero is a mistake in the program.
  public let blockedTasks: Int

  /// ``LockTable/count``: the keys that are held, waited for, or in a call's hands.
  public let keys: Int

  /// The sum of the most keys that each stripe ever had. Never less than the most that the table had
  /// at a time, and more where the stripes had theirs at different times.
  public let peakKeys: Int

  /// The memory that the table takes up, in bytes.
  public let bytes: Int
}

extension LockTableStatistics: CustomStringConvertible {
  /// A line for each number, which begins with its name.
  public var description: String {
    """
    acquisitions: \(acquisitions)
    contendedAcquisitions: \(contendedAcquisitions)
    parks: \(parks)
    handOffs: \(handOffs)
    timeouts: \(timeouts)
    cancellations: \(cancellations)
    refusals: \(refusals)
    blockedTasks: \(blockedTasks)
    keys: \(keys)
    peakKeys: \(peakKeys)
    bytes: \(bytes)
    """
  }
}

extension LockTableStatistics {
  init(_ statistics: lt_statistics_t) {
    acquisitions = Int(clamping: statistics.acquisitions)
    contendedAcquisitions = Int(clamping: statistics.contended)
    parks = Int(clamping: statistics.parks)
    handOffs = Int(clamping: statistics.hand_offs)
    timeouts = Int(clamping: statistics.timeouts)
    cancellations = Int(clamping: statistics.cancellations)
    refusals = Int(clamping: statistics.refusals)
    blockedTasks = Int(clamping: statistics.task_sleeps)
    keys = Int(clamping: statistics.keys)
    peakKeys = Int(clamping: statistics.peak_keys)
    bytes = Int(clamping: statistics.bytes)
  }
}

extension LockTable {
  /// What the table has done so far, in numbers. For monitoring: it looks at every stripe.
  ///
  /// Counting is always on. Asking holds up nobody for more than one stripe at a time.
  public func statistics() -> LockTableStatistics {
    inspector?.retry(for: self)
    return withExtendedLifetime(self) { LockTableStatistics(core.statistics) }
  }
}
