internal import CLockTable

/// How a ``LockTable`` is made. The defaults suit a server.
public struct LockTableConfiguration: Sendable, Hashable {
  /// Who gets a key that is released while others wait for it, exclusively or shared.
  ///
  /// Either way a reader who comes while others hold the key and a writer waits stands behind it,
  /// and readers who stand next to each other in the queue are let in together, as soon as the
  /// first of them is.
  public enum Fairness: Sendable, Hashable {
    /// For throughput: whoever comes first gets the key, be it the longest waiter, which is woken,
    /// or a newcomer. A waiter that comes too late after it has waited for
    /// half a millisecond is handed the key at the next release, so none starves.
    case adaptive

    /// Strict arrival order: a release hands the key to the longest waiter. A newcomer never
    /// overtakes; each hand-over costs a wake-up, so a contended key changes hands more slowly.
    case fifo
  }

  /// Who gets a key that is released while others wait for it. ``Fairness/adaptive`` by default.
  public var fairness: Fairness

  /// The number of stripes: how many parts of the table can be worked on at the same time. A power
  /// of two from 1 to 65 536. Nil, the default, is for 64 a usable core: at least 64 and at most 1 024.
  ///
  /// The usable cores are those of the process's affinity mask, or fewer if the CPU quota of its control
  /// groups (a container's limit, rounded up) comes to fewer. They are counted once in a process.
  ///
  /// A stripe takes 256 bytes. Keys of one stripe share its memory and its spinlock, which guards a
  /// few dozen instructions; they never wait for each other's holders.
  public var stripeCount: Int?

  /// How many may wait for one key, or nil for no limit, which is the default. For shedding load: a
  /// form that throws and would have to wait behind so many throws
  /// ``LockTableError/tooManyWaiters`` at once. Forms that can't throw it wait all the same.
  ///
  /// More than 8 388 607 for one key can't be counted. That is the limit of the forms that throw where
  /// this is nil or more; forms that can't throw trap beyond it.
  public var maximumWaitersPerKey: Int?

  /// What a table keeps account of so that one can look into it.
  public struct Diagnostics: Sendable, Hashable {
    /// How long a wait has to last before its cause is looked for among those who wait for each
    /// other. A second by default.
    public var deadlockDelay: Duration

    /// Makes a configuration of diagnostics.
    public init(deadlockDelay: Duration = .seconds(1)) {
      self.deadlockDelay = deadlockDelay
    }
  }

  /// Whether to keep account of who holds and waits since when. Nil, the default, is not to: it costs
  /// nothing then. Otherwise each acquisition costs an allocation, a look at the clock, asking the
  /// system for the thread's name, and two locked sections instead of one.
  public var diagnostics: Diagnostics?

  /// What becomes of a task that is about to block its thread: a synchronous function or closure that
  /// the task called uses a blocking form, and the key is taken.
  ///
  /// ``LockTable/blockedTaskCount`` counts it in each case. A call that finds the key free, or gets it
  /// after a few microseconds without going to sleep, is not noticed.
  public enum BlockingInTasks: Sendable, Hashable {
    /// Ends the process, with a sentence that names the key and says which forms it can have been. For
    /// finding the place: the debugger and the crash report have the stack.
    case trap

    /// Writes that sentence to standard error, once for each table, and lets the thread block.
    case report

    /// Lets the thread block.
    case allow
  }

  /// What becomes of a task that is about to block its thread. ``BlockingInTasks-swift.enum/report`` by
  /// default, in all builds: test frameworks run synchronous tests in tasks, where such a wait is
  /// harmless as a rule, and should not end the run.
  public var blockingInTasks: BlockingInTasks

  /// Makes a configuration.
  public init(
    fairness: Fairness = .adaptive, stripeCount: Int? = nil, maximumWaitersPerKey: Int? = nil,
    diagnostics: Diagnostics? = nil, blockingInTasks: BlockingInTasks = .report
  ) {
    self.blockingInTasks = blockingInTasks
    self.fairness = fairness
    self.stripeCount = stripeCount
    self.maximumWaitersPerKey = maximumWaitersPerKey
    self.diagnostics = diagnostics
  }

  /// 0 stands for no limit. Traps if nobody could wait at all.
  var checkedMaximumWaiters: Int {
    guard let maximumWaitersPerKey else { return 0 }
    guard maximumWaitersPerKey >= 1 else {
      fatalError(
        """
        LockTable: maximumWaitersPerKey is \(maximumWaitersPerKey); it has to be at least 1, or \
        nil. Use the IfAvailable forms to wait for nobody
        """)
    }
    return min(maximumWaitersPerKey, Int(Int32.max))
  }

  /// 0 stands for the default. Traps if the count is none that a table can have.
  var checkedStripeCount: Int {
    guard let stripeCount else { return 0 }
    guard
      stripeCount >= 1, stripeCount <= Int(LT_MAX_STRIPES), stripeCount & (stripeCount - 1) == 0
    else {
      // Not a precondition, whose sentence optimised builds leave out; likewise below.
      fatalError(
        """
        LockTable: stripeCount is \(stripeCount); it has to be a power of two from 1 to \
        \(LT_MAX_STRIPES), or nil
        """)
    }
    return stripeCount
  }
}

extension LockTableConfiguration.Fairness {
  var code: UInt32 {
    switch self {
    case .adaptive: LT_ADAPTIVE
    case .fifo: LT_FIFO
    }
  }
}
