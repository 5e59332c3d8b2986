internal import CLockTable

/// The configuration of a ``LockTable``. The defaults suit a server.
public struct LockTableConfiguration: Sendable, Hashable {
  /// Decides which caller gets a key that is released while others wait for it, in either mode.
  ///
  /// Under both policies, a reader that arrives while the key is held and a writer waits stands
  /// behind that writer. Readers that stand next to each other in the queue are let in together, as
  /// soon as the first of them is.
  public enum Fairness: Sendable, Hashable {
    /// The policy for throughput. A release wakes the oldest waiter and leaves the key free, so
    /// that a newcomer may take it first (barging). A waiter that loses that race, and has waited
    /// for half a millisecond by then, is handed the key by the next release. So no waiter starves.
    case adaptive

    /// The strict order of arrival. A release hands the key to the oldest waiter, and a newcomer
    /// never barges. Each hand-off costs a wake-up, so a contended key changes hands more slowly.
    case fifo
  }

  /// Decides which caller gets a key that is released. ``Fairness/adaptive`` by default.
  public var fairness: Fairness

  /// The number of stripes: how many parts of the table can be worked on at the same time. The
  /// number must be a power of two from 1 to 65 536. Nil, the default, stands for 64 for each
  /// usable core: at least 64 and at most 4 096.
  ///
  /// The usable cores are those of the process's affinity mask, or fewer if the CPU quota of its
  /// control groups (a container's limit, rounded up) allows fewer. The cores are counted once in a
  /// process.
  ///
  /// A stripe takes 384 bytes once it is used, and 512 with diagnostics. Keys of one stripe share
  /// its memory and its spinlock, which guards a few dozen instructions. Keys of one stripe never
  /// wait for each other's holders.
  public var stripeCount: Int?

  /// The largest number of waiters of one key. Nil, the default, stands for no limit. A limit sheds
  /// load: where a form that throws would join a full queue, it throws a ``LockTableError`` at once,
  /// with the reason ``LockTableError/Reason/tooManyWaiters``. Forms that can't throw it wait all
  /// the same.
  ///
  /// The table can count 8 388 607 waiters of one key. If this property is nil or larger, that
  /// number is the limit of the forms that throw. Forms that can't throw trap beyond that number.
  public var maximumWaitersPerKey: Int?

  /// The largest number of waiters of all keys together. Nil, the default, stands for no limit. A
  /// limit bounds what slow keys cost: where a form that throws would be one waiter more, it throws
  /// a ``LockTableError`` at once, with the reason ``LockTableError/Reason/tooManyWaiters``. Forms
  /// that can't throw it are counted, and wait all the same.
  ///
  /// The limit is exact: of forms that throw, there are never more waiters. A waiter has its place
  /// until it has the key or leaves, and a task until it runs again with the key. A call for several
  /// keys waits for one at a time. Nobody pays for a limit that is not set. A limit that is set costs
  /// each wait two atomic additions to one number.
  public var maximumWaiters: Int?

  /// Whether to record which acquirers hold and wait, where they acquired, what for, and since
  /// when. Nil, the default, records nothing and costs nothing. Otherwise each acquisition takes
  /// the slow path and notes all that, mostly without a system call or an allocation. A key that is
  /// held takes about 170 bytes more. That is cheap enough to be left on in production.
  public var diagnostics: Diagnostics?

  /// Decides what happens to a task that is about to block its thread: a synchronous function or
  /// closure that the task called uses a blocking form, and the key is held.
  ///
  /// ``LockTable/blockedTaskCount`` counts it in each case. A call that finds the key free, or gets
  /// it after a few microseconds without parking, is not noticed.
  public enum BlockingInTasks: Sendable, Hashable {
    /// Ends the process, with a sentence that names the key and the forms that the call may have
    /// used. The debugger or the crash report shows the place.
    case trap

    /// Writes that sentence to standard error, once for each table, and lets the thread block.
    case report

    /// Lets the thread block.
    case allow
  }

  /// What happens to a task that is about to block its thread.
  /// ``BlockingInTasks-swift.enum/report`` by default, in all builds. Test frameworks run
  /// synchronous tests in tasks. Such a wait is harmless there as a rule, and should not end the
  /// run.
  public var blockingInTasks: BlockingInTasks

  /// How keys appear in errors, snapshots, events, logs and messages. ``KeyDescription/key`` by
  /// default.
  public var describeKey: KeyDescription

  /// What measures the timeouts and deadlines of the table's calls. Nil, the default, is the
  /// system's monotonic clock. Another clock is for tests: `LockTableTesting` has one. A call that
  /// waits with a limit then costs some allocations. The time that is left until an instant of
  /// `ContinuousClock` is measured on this clock. Statistics and diagnostics always measure real
  /// time.
  public var clock: (any LockClock)? {
    get { ownClock?.clock }
    set { ownClock = newValue.map { OwnClock(clock: $0) } }
  }

  private var ownClock: OwnClock?

  /// Two clocks are equal if they are one object.
  private struct OwnClock: Hashable {
    let clock: any LockClock

    static func == (left: Self, right: Self) -> Bool { left.clock === right.clock }

    func hash(into hasher: inout Hasher) {
      hasher.combine(ObjectIdentifier(clock))
    }
  }

  /// Makes a configuration.
  public init(
    fairness: Fairness = .adaptive, stripeCount: Int? = nil, maximumWaitersPerKey: Int? = nil,
    maximumWaiters: Int? = nil, diagnostics: Diagnostics? = nil,
    blockingInTasks: BlockingInTasks = .report,
    describeKey: KeyDescription = .key, clock: (any LockClock)? = nil
  ) {
    ownClock = clock.map { OwnClock(clock: $0) }
    self.describeKey = describeKey
    self.blockingInTasks = blockingInTasks
    self.fairness = fairness
    self.stripeCount = stripeCount
    self.maximumWaitersPerKey = maximumWaitersPerKey
    self.maximumWaiters = maximumWaiters
    self.diagnostics = diagnostics
  }

  /// The limit of each key's queue. Traps if it is less than 1.
  var checkedMaximumWaitersPerKey: Int {
    guard let maximumWaitersPerKey else { return Self.mostWaiters }
    guard maximumWaitersPerKey >= 1 else {
      fatalError(
        """
        LockTable: maximumWaitersPerKey is \(maximumWaitersPerKey); it must be at least 1, or \
        nil. Use the IfAvailable forms to wait for no other caller
        """)
    }
    return min(maximumWaitersPerKey, Self.mostWaiters)
  }

  /// The limit of all queues; 0 stands for none. Traps if it is less than 1.
  var checkedMaximumWaiters: Int {
    guard let maximumWaiters else { return 0 }
    guard maximumWaiters >= 1 else {
      fatalError(
        """
        LockTable: maximumWaiters is \(maximumWaiters); it must be at least 1, or nil. Use the \
        IfAvailable forms to wait for no other caller
        """)
    }
    return min(maximumWaiters, Int(Int32.max))
  }

  /// The core counts no more in one queue.
  private static let mostWaiters = 8_388_607

  /// 0 stands for the default. Traps if a table can't have that number of stripes.
  var checkedStripeCount: Int {
    guard let stripeCount else { return 0 }
    guard Self.canHave(stripeCount: stripeCount) else {
      // Neither check is a precondition: optimised builds leave out its sentence.
      fatalError(
        """
        LockTable: stripeCount is \(stripeCount); it must be a power of two from 1 to \
        \(LT_MAX_STRIPES), or nil
        """)
    }
    return stripeCount
  }

  /// Whether a table can have that number of stripes.
  package static func canHave(stripeCount count: Int) -> Bool {
    count >= 1 && count <= Int(LT_MAX_STRIPES) && count & (count - 1) == 0
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
