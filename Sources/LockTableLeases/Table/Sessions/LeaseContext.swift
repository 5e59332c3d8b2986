internal import LockTable
internal import Synchronization

/// What all leases of a table share, whatever the type of its keys.
final class LeaseContext: Sendable {
  let store: any LeaseStore
  let namespace: String
  /// The namespace as it appears in names.
  let escapedNamespace: String
  let configuration: LeaseConfiguration
  let process: LeaseProcess
  let clock: any LockClock
  let events = LeaseEvents()
  let counters = LeaseCounters()

  /// What tasks run on that have no parent. For tests that step all tasks.
  private let executor: (any TaskExecutor)?

  /// One moment on both clocks.
  private let zero: (time: Duration, instant: ContinuousClock.Instant)
  private let lastSerial = Atomic<UInt64>(0)
  private let largestToken = Atomic<Int64>(0)
  private let random: Guarded<any RandomNumberGenerator & Sendable>

  init(
    store: any LeaseStore, namespace: String, configuration: LeaseConfiguration,
    executor: (any TaskExecutor)?, random: any RandomNumberGenerator & Sendable
  ) {
    guard let name = LeaseName(namespace: namespace, keyText: "a") else {
      fatalError(
        """
        LockTableLeases: the namespace "\(namespace)" is too long; as it appears in names, it may \
        have \(LeaseName.maximumNamespaceLength) bytes
        """)
    }
    configuration.check()
    self.store = store
    self.namespace = namespace
    escapedNamespace = name.namespace
    self.configuration = configuration
    process = .current()
    renews = store.expiry == .afterDuration
    duration = configuration.duration
    certainty = duration * 2 / 3
    third = duration / 3
    clock = configuration.clock ?? SystemClock()
    self.executor = executor
    self.random = Guarded(random)
    zero = (clock.time, .now)
  }

  /// Who gets a key of the table in front. Whether a newcomer does depends on real time, which a test
  /// that decides which task runs next can't have.
  var fairness: LockTableConfiguration.Fairness { executor == nil ? .adaptive : .fifo }

  let duration: Duration
  /// How long a lease may be held that is not renewed: two thirds of the duration.
  let certainty: Duration
  /// A third of the duration: when to renew, and how long a row of hand-overs may last.
  let third: Duration

  /// Whether leases end unless they are renewed.
  let renews: Bool

  /// When a lease has to be given up that was renewed by a request sent at `sent`. Nil is never.
  func deadline(sent: Duration) -> Duration? { renews ? sent + certainty : nil }

  func instant(of time: Duration) -> ContinuousClock.Instant { zero.instant + (time - zero.time) }

  func newOwner() -> LeaseOwner {
    LeaseOwner(
      process: process, serial: lastSerial.wrappingAdd(1, ordering: .relaxed).newValue)
  }

  /// The largest token of those that the engine has granted to this table.
  var largestEngineToken: Int64 { largestToken.load(ordering: .acquiring) }

  func note(engineToken: Int64) { largestToken.max(engineToken, ordering: .releasing) }

  /// Counts a loss, and tells of it.
  func tell(of loss: LeaseLoss) {
    counters.losses.increase()
    events.send(.lost(loss.error()))
  }

  /// A pause after a failure: from a twentieth to a sixth of the duration.
  func backOff() -> Duration {
    let share = random.withValue { Double.random(in: 0..<1, using: &$0) }
    let part: Double = 0.05 + share * 7 / 60
    return duration * part
  }

  /// Runs `operation` in a task without a parent.
  @discardableResult
  func spawn<Result: Sendable>(
    _ operation: sending @escaping () async -> Result
  ) -> Task<Result, Never> {
    Task.detached(executorPreference: executor) { await operation() }
  }
}

extension LeaseConfiguration {
  /// Traps if a number is out of range. None of the checks is a precondition: optimised builds leave
  /// out its sentence.
  func check() {
    guard duration >= .milliseconds(100), duration <= .seconds(1 << 31) else {
      fatalError("LockTableLeases: duration is \(duration); it must be from 100 ms to 2³¹ s")
    }
    guard (1...64).contains(maximumHandOffs) else {
      fatalError(
        "LockTableLeases: maximumHandOffs is \(maximumHandOffs); it must be from 1 to 64")
    }
    guard pollInterval > .zero else {
      fatalError("LockTableLeases: pollInterval is \(pollInterval); it must be more than zero")
    }
  }
}
