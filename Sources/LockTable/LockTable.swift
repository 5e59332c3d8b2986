internal import CLockTable
internal import Synchronization

/// A table of locks by key. Each key that is in use has one reader/writer lock, and the other keys
/// have none.
///
///     let locks = LockTable<String>()
///     locks.withLock("account-42") { … }
///     locks.withSharedLock("account-42") { … }
///
/// A table is a reference. Share one between all code that must agree on its keys: the keys of two
/// tables have nothing to do with each other.
///
/// What it guarantees:
///
/// 1. A key has one exclusive holder or any number of shared ones. Keys that are `==` are one key.
/// 2. Different keys never wait for each other's holders.
/// 3. No wake-up is lost. A waiter that leaves at its deadline passes its turn on.
/// 4. A key uses memory only while it is held, waited for, or pinned by a call in progress. When
///    nothing holds or waits, the table is empty.
///
/// What it does not do: it is not reentrant, so a caller that acquires a key that it holds waits
/// for itself, for ever if there is no limit. A shared hold cannot be upgraded. Keys are private to
/// the process. A wait lends no priority.
///
/// Most forms exist twice: for threads, which they block, and for tasks, which they suspend. The
/// blocking forms can't be named in asynchronous code, where they would block a thread that all
/// tasks share. Threads and tasks that wait for one key stand in one queue.
public final class LockTable<Key: Hashable & Sendable>: Sendable {
  /// The configuration of a table.
  public typealias Configuration = LockTableConfiguration

  @usableFromInline let core: CoreTable

  /// The kind of the keys' identities, decided once: a table with two ways to identify one key
  /// would be two tables.
  @usableFromInline let kind: LockKeyKind

  /// `Key`, if it has an identity, for code that does not know the type when it is compiled.
  @usableFromInline let identityType: (any LockKey.Type)?

  /// Whether there is room for records of holds and waits.
  @usableFromInline let hasDiagnostics: Bool

  @usableFromInline let opaqueKeys: AnyOpaqueKeys
  @usableFromInline let hasherSeed: UInt64

  /// The core calls this object, for as long as a thread may park.
  private let blockedTasks: BlockedTasks

  let monitor: DiagnosticsMonitor<Key>

  /// Set at most once.
  let waitObserver = AtomicLazyReference<WaitObserver>()
  let hasWaitObserver = Atomic<Bool>(false)

  /// The table's name, and how its keys appear in text.
  let naming: TableNaming

  /// What measures limits, if the core does not.
  let clock: (any LockClock)?

  /// Makes the labels. Nil stands for ``LockLabel/current``.
  let makeLabel: (@Sendable () -> String?)?

  /// The limit of each key's queue, and that of all of them together; 0 is none.
  let mostWaiters: Int
  let mostInTable: Int

  /// Nil for a table without a name.
  private let registration: TableRegistration<Key>?

  /// The name that the table was made with.
  public var name: String? { naming.name }

  /// Makes an empty table. Its name appears in errors and wherever else people read of the table:
  /// `LockTable(name: "accounts")`. Names need not be unique. ``LockTableRegistry`` has the tables
  /// with names.
  ///
  /// Traps if memory runs out. Traps if the configuration is out of range, with a sentence that
  /// says what is allowed.
  public convenience init(name: String? = nil, configuration: Configuration = Configuration()) {
    var random = SystemRandomNumberGenerator()
    self.init(name: name, configuration: configuration, seed: (random.next() | 1, random.next()))
  }

  /// Makes a table with a known seed, for tests that choose keys with equal hashes. A table that is
  /// not monitored is for tests that decide themselves when a woken waiter runs.
  package init(
    name: String? = nil, configuration: Configuration, seed: (UInt64, UInt64),
    isMonitored: Bool = true, purpose: TablePurpose = .locks
  ) {
    let naming = TableNaming(name: name, keys: configuration.describeKey)
    self.naming = naming
    clock = configuration.clock
    mostWaiters = configuration.checkedMaximumWaitersPerKey
    mostInTable = configuration.checkedMaximumWaiters
    identityType = Key.self as? any LockKey.Type
    kind = identityType?._lockKeyKind ?? .opaque
    hasDiagnostics = configuration.diagnostics != nil
    makeLabel = configuration.diagnostics?.label
    opaqueKeys = OpaqueKeys<Key>()
    hasherSeed = seed.0
    monitor = DiagnosticsMonitor(configuration.diagnostics)
    blockedTasks = BlockedTasks(policy: configuration.blockingInTasks) {
      naming.qualified(Self.identify($0, as: naming).1)
    }
    core = CoreTable(
      kind: kind, configuration: configuration, seed: seed, isMonitored: isMonitored,
      purpose: purpose, keys: kind == .opaque ? Self.opaqueKeyOperations : nil,
      blockedTasks: blockedTasks, number: monitor.number)
    if configuration.diagnostics?.isRecording == false {
      core.isRecording = false
    }
    let parts = TableParts(
      core: core, naming: naming, monitor: monitor, hasDiagnostics: hasDiagnostics)
    registration = name.map { TableRegistration(name: $0, parts: parts) }
    if hasDiagnostics {
      monitor.list(self)
    }
  }

  /// Holds stay valid: their entries live until the last hold is released.
  deinit {
    monitor.unlist()
    guard let registration else { return core.close() }
    registration.end()
  }
}

extension LockTable {
  /// The number of keys that are held, waited for, or pinned by a call in progress.
  ///
  /// The number is a snapshot: the call counts the stripes one after the other, while other callers
  /// acquire and release. The call locks each stripe that was ever used for a moment, however few
  /// keys there are. With the default number of stripes these are up to 4 096 locks, and a cache line
  /// or two for each. Use the number for monitoring and for tests, not for each request. A key that
  /// a thread for hooks or deadlocks inspects counts as long as that takes, be it a thread of another
  /// table with diagnostics.
  public var count: Int {
    withExtendedLifetime(self) { core.count }
  }

  /// Whether no key is held, waited for, or pinned by a call in progress. The answer is a snapshot,
  /// as ``count`` is.
  ///
  /// The call stops at the first stripe that has a key. So an empty table costs what ``count``
  /// does, and a busy one next to nothing.
  public var isEmpty: Bool {
    withExtendedLifetime(self) { core.isEmpty }
  }

  /// Returns whether the key is held, exclusively or shared. The answer is true of some moment
  /// during the call, and may be outdated when the call returns. To act on a key that is free, use
  /// `withLockIfAvailable(_:_:)`.
  public func isLocked(_ key: Key) -> Bool {
    withExtendedLifetime(self) {
      withPrepared(key) { core.isHeld($0) }
    }
  }

  /// The number of callers that wait for the key, as it was at some moment during the call.
  package func countWaiters(of key: Key) -> Int {
    var count = 0
    withExtendedLifetime(self) {
      withPrepared(key) { core.inspect($0) { count = $0.waiters } }
    }
    return count
  }

  /// Calls `body` once, when the next wait for a key of the table has begun: on the thread of the
  /// waiter, which has joined the queue and does not sleep yet, with no lock held.
  package func atNextWait(_ body: @escaping @Sendable () -> Void) {
    monitor.atNextWait(in: self, body)
  }

  /// How often a thread parked for a key while it was running a task.
  ///
  /// The compiler keeps the blocking forms out of asynchronous code, but not out of a synchronous
  /// function or closure that such code calls. Each such wait takes a thread from all other tasks
  /// of the process: any number but zero is a mistake in the program.
  /// ``LockTableConfiguration/blockingInTasks-swift.property`` decides what else happens.
  public var blockedTaskCount: Int {
    withExtendedLifetime(self) { core.blockedTaskCount }
  }

  /// The number of bytes that the core has allocated.
  package var allocatedBytes: Int { core.bytes }
  package var stripeCount: Int { core.stripeCount }
  /// Whether the thread that calls the hooks sleeps until somebody waits.
  package var isMonitorResting: Bool { monitor.isResting }
}

extension LockKeyKind {
  var code: UInt32 {
    switch self {
    case .integer: LT_KEYS_INTEGER
    case .bytes, .text: LT_KEYS_BYTES
    case .opaque: LT_KEYS_OPAQUE
    }
  }
}
