/// What ``LockTableRegistry/report()`` returns: all tables with a name, each as it was at moments
/// while that ran.
///
/// A report has no keys but text for them, which ``LockTableConfiguration/describeKey`` decides.
public struct LockTableReport: Sendable, Codable, CustomStringConvertible {
  /// A table.
  public struct Table: Sendable, Codable, CustomStringConvertible {
    /// The table's name. Several tables may have it.
    public var name: String
    /// Whether ``LockTable/LockTable/close()`` was called.
    public var isClosed: Bool
    /// What ``LockTable/LockTable/statistics()`` returns.
    public var statistics: LockTableStatistics
    /// The keys, in the order of a ``LockTableSnapshot``.
    public var keys: [Entry]
    /// Whether all keys are included, as in ``LockTableSnapshot/isComplete``.
    public var isComplete: Bool

    /// A line with the name and the statistics, and then the lines of a snapshot.
    public var description: String {
      let name = PrintableText.quoted(name) + (isClosed ? ", closed" : "")
      let state = KeyStates.description(of: keys, areAll: isComplete)
      return "\(name): \(statistics.inBrief)\n\(state)"
    }
  }

  /// A key that is held or waited for, as ``LockTableSnapshot/Entry`` has it.
  public struct Entry: Sendable, Codable, CustomStringConvertible {
    /// The key in words, on one line and safe to print.
    public var name: String
    /// The mode in which the key is held. Nil if one of its waiters is about to take it.
    public var mode: LockMode?
    /// The number of holders, or of permits that are out.
    public var holderCount: Int
    /// How many permits the key has, in a ``SemaphoreTable``. Nil for a lock.
    public var capacity: Int?
    /// The number of waiters.
    public var waiterCount: Int
    /// The holders that have had the key for longest, up to 64. Empty without diagnostics.
    public var holders: [LockParticipant]
    /// The waiters in the order of the queue, up to 64.
    public var waiters: [LockParticipant]

    /// A line for the key, and one for each participant.
    public var description: String { lines }
  }

  /// The tables, in the order in which they were made.
  public var tables: [Table]

  /// The tables, with a blank line between two.
  public var description: String {
    guard !tables.isEmpty else { return "no table has a name" }
    return tables.map(\.description).joined(separator: "\n\n")
  }
}

extension LockTableReport.Table {
  init<Key>(
    name: String, isClosed: Bool, statistics: LockTableStatistics, snapshot: LockTableSnapshot<Key>
  ) {
    self.name = name
    self.isClosed = isClosed
    self.statistics = statistics
    keys = snapshot.keys.map { LockTableReport.Entry($0) }
    isComplete = snapshot.isComplete
  }
}

extension LockTableReport.Entry: KeyState {
  init<Key>(_ entry: LockTableSnapshot<Key>.Entry) {
    name = entry.name
    mode = entry.mode
    holderCount = entry.holderCount
    capacity = entry.capacity
    waiterCount = entry.waiterCount
    holders = entry.holders
    waiters = entry.waiters
  }
}

extension LockTableStatistics {
  /// `2 acquisitions, 5 contended; 2 keys, 5 waiters; longest wait 977 ms; longest hold 1 s`. What
  /// should not be is there if it is.
  var inBrief: String {
    let counts = [
      (contendedAcquisitions, "contended"), (timeouts, "timed out"), (cancellations, "cancelled"),
      (refusals, "refused"), (closedFailures, "failed because it is closed"),
      (deadlockFailures, "failed to end a deadlock"), (blockedTasks, "blocked tasks"),
      (suspectedDeadlocks, "suspected deadlocks"),
    ].filter { $0.0 != 0 }.map { ", \($0) \($1)" }.joined()
    var present = "\(counted(keys, "key")), \(counted(waiters, "waiter"))"
    if longestWait > .zero {
      present += "; longest wait \(longestWait.brief)"
    }
    if let longestHold, longestHold > .zero {
      present += "; longest hold \(longestHold.brief)"
    }
    return "\(counted(acquisitions, "acquisition"))\(counts); \(present)"
  }

  private func counted(_ count: Int, _ noun: String) -> String {
    count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
  }
}
