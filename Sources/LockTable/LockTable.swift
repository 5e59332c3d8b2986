public import CLockTable

/// Locks by key: one reader/writer lock for each key that somebody needs, and nothing for the others.
///
///     let locks = LockTable<String>()
///     locks.withLock("account-42") { … }
///     locks.withSharedLock("account-42") { … }
///
/// A table is a reference; share one between everything that is to agree on its keys. Two tables
/// know nothing of each other.
///
/// What it guarantees:
///
/// 1. A key has one exclusive holder or any number of shared ones, and keys that are `==` are one
///    key.
/// 2. Different keys never wait for each other's holders.
/// 3. No wake-up is lost. A waiter that leaves at its deadline passes its turn on.
/// 4. A key takes up space while it is held, waited for, or in a call's hands. When nobody holds or
///    waits, the table is empty.
///
/// What it does not do: it is not reentrant (who acquires a key that it holds waits for itself, for
/// ever if there is no limit), it does not make a shared hold exclusive, it knows nothing of other
/// processes, and it does not lend priorities.
///
/// Each form exists twice: for threads, which it blocks, and for tasks, which it suspends. The blocking
/// ones can't be named in asynchronous code, where they would block a thread that all tasks share.
/// Threads and tasks that wait for one key stand in one queue.
public final class LockTable<Key: Hashable & Sendable>: Sendable {
  /// How a table is made.
  public typealias Configuration = LockTableConfiguration

  @usableFromInline let core: CoreTable

  /// What the keys' identities are made of. Settled here, once: a table with two ways to identify
  /// one key would be two tables.
  @usableFromInline let kind: LockKeyKind

  @usableFromInline let opaqueKeys: AnyOpaqueKeys
  @usableFromInline let hasherSeed: UInt64

  /// The core asks it, for as long as a thread may go to sleep.
  private let blockedTasks: BlockedTasks

  /// With diagnostics only.
  let inspector: Inspector<Key>?

  /// Makes an empty table.
  ///
  /// Traps if the configuration is out of range, with a sentence that says what is allowed, or if
  /// memory runs out.
  public convenience init(configuration: Configuration = Configuration()) {
    var random = SystemRandomNumberGenerator()
    self.init(configuration: configuration, seed: (random.next() | 1, random.next()))
  }

  /// With a seed that is known: for tests that choose keys whose hashes meet. Not monitored: for
  /// tests that decide themselves when a waiter that was woken runs.
  package init(
    configuration: Configuration, seed: (UInt64, UInt64), isMonitored: Bool = true
  ) {
    kind = (Key.self as? any LockKey.Type)?._lockKeyKind ?? .opaque
    opaqueKeys = OpaqueKeys<Key>()
    hasherSeed = seed.0
    inspector = configuration.diagnostics.map { Inspector(deadlockDelay: $0.deadlockDelay) }
    blockedTasks = BlockedTasks(policy: configuration.blockingInTasks) { Self.identify($0).1 }
    core = CoreTable(
      kind: kind, configuration: configuration, seed: seed, isMonitored: isMonitored,
      operations: kind == .opaque ? AnyOpaqueKeys.operations : nil, blockedTasks: blockedTasks)
  }

  /// Holds go on: what they point at lives until the last of them is released.
  deinit {
    core.close()
  }
}

extension LockTable {
  /// The number of keys that are held, waited for, or in a call's hands.
  ///
  /// A snapshot: the stripes are counted one after the other, while others acquire and release.
  /// It visits every stripe, however few keys there are, and locks each for a moment: with the
  /// default number of stripes, 64 to 1 024 locks and a cache line or two for each. For monitoring and
  /// for tests, not for each request.
  public var count: Int {
    withExtendedLifetime(self) { core.count }
  }

  /// Is no key held, waited for, or in a call's hands? A snapshot, as ``count`` is.
  ///
  /// It stops at the first stripe that has a key, so an empty table costs what ``count`` does, and a
  /// busy one next to nothing.
  public var isEmpty: Bool {
    withExtendedLifetime(self) { core.isEmpty }
  }

  /// Is somebody holding the key, exclusively or shared? True at some moment during the call; it may
  /// have changed when the caller looks. To act on a key that is free, use
  /// `withLockIfAvailable(_:_:)`.
  public func isLocked(_ key: Key) -> Bool {
    withExtendedLifetime(self) {
      withPrepared(key) { core.isHeld($0) }
    }
  }

  /// Is one of the holds, which the caller has, a hold of `key` in this table?
  @usableFromInline
  func isHold(_ holds: UnsafeBufferPointer<lt_hold_t>, of key: Key) -> Bool {
    withExtendedLifetime(self) {
      withPrepared(key) { core.isHold(holds, of: $0) }
    }
  }

  @usableFromInline
  func isHold(_ hold: lt_hold_t, of key: Key) -> Bool {
    // Sound: the pointer is used during the call alone.
    withUnsafePointer(to: hold) { isHold(UnsafeBufferPointer(start: $0, count: 1), of: key) }
  }

  /// How often a thread went to sleep for a key while it was running a task.
  ///
  /// The compiler keeps the blocking forms out of asynchronous code, but not out of a synchronous
  /// function or closure that such code calls. Each time is a thread less for all other tasks of the
  /// process: anything but zero is a mistake in the program.
  /// ``LockTableConfiguration/blockingInTasks-swift.property`` decides what becomes of it, besides.
  public var blockedTaskCount: Int {
    withExtendedLifetime(self) { core.blockedTaskCount }
  }

  /// Bytes allocated by the core.
  package var allocatedBytes: Int { core.bytes }
  package var stripeCount: Int { core.stripeCount }
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
