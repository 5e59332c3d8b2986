public import LockTable
internal import Synchronization

#if ServiceLifecycle
  internal import ServiceLifecycle
#endif

/// A table of leases by key: locks that processes share, by way of an engine that they have anyway.
///
///     let leases = LeaseTable<String>(store: .directory("/var/lib/app/locks"), namespace: "orders")
///     try await leases.run()  // In a task of its own, for as long as the process serves.
///
///     try await leases.withLease("account-42") { lease in
///       try await accounts.update(…, fencingToken: lease.fencingToken)
///     }
///
/// A lock beyond one process is a lease: it can be lost while its holder believes in it. So this is
/// what a table promises:
///
/// 1. Of two holders of a key, the later one has the larger ``Lease/fencingToken``, in all processes.
/// 2. A call that returns normally held the key to its end, as the engine saw it. Otherwise it throws
///    a ``LeaseLostError``, also if its body has returned.
/// 3. A loss cancels the body, and nothing else. The body is still awaited.
/// 4. The engine's clock alone decides when a lease ends. This process gives up before that.
/// 5. A call that gives up, is late or is cancelled leaves nothing at the engine.
/// 6. When nobody holds a key or waits for one, the table keeps nothing.
///
/// A `LockTable` stands in front. The callers of one process wait in it, and one of them for the
/// engine: a process asks once for all of them. They hand a lease on among themselves, for a limited
/// number of times, and each with a larger token.
///
/// Keys are `LockKey`s, as the engine needs a name for each: see ``LeaseName``. Tables of one
/// namespace of one engine agree on their keys, in whichever process they are.
public final class LeaseTable<Key: LockKey>: Sendable {
  let context: LeaseContext
  private let keyText: (@Sendable (Key) -> String)?
  private let current: Guarded<LeaseKeys<Key>>

  /// Makes a table. It does nothing until ``run()`` is called.
  ///
  /// - Parameters:
  ///   - store: What grants the leases. One table uses it.
  ///   - namespace: What the keys are keys of, such as `orders`. At most
  ///     ``LeaseName/maximumNamespaceLength`` bytes as it appears in names; traps if it is longer.
  ///   - configuration: How the table behaves. Traps if a number is out of range.
  ///   - keyText: The text of a key, of which its name is made. Different keys must have different
  ///     texts. Nil: the text that ``LeaseName`` makes of a key.
  public convenience init(
    store: some LeaseStore, namespace: String, configuration: LeaseConfiguration = .init(),
    keyText: (@Sendable (Key) -> String)? = nil
  ) {
    self.init(
      store: store, namespace: namespace, configuration: configuration, keyText: keyText,
      executor: nil, random: SystemRandomNumberGenerator())
  }

  /// Makes a table for tests that decide which task runs next: all tasks without a parent run on
  /// `executor`, and pauses are drawn from `random`.
  package init(
    store: some LeaseStore, namespace: String, configuration: LeaseConfiguration = .init(),
    keyText: (@Sendable (Key) -> String)? = nil, executor: (any TaskExecutor)?,
    random: any RandomNumberGenerator & Sendable
  ) {
    context = LeaseContext(
      store: store, namespace: namespace, configuration: configuration, executor: executor,
      random: random)
    self.keyText = keyText
    current = Guarded(LeaseKeys(context, keyText: keyText))
  }

  /// The namespace that the table was made with.
  public var namespace: String { context.namespace }

  /// How this process appears at the engine, as the first part of each ``Lease/owner``.
  public var process: LeaseProcess { context.process }

  /// The table in front, for statistics, hooks, logs and metrics: a key of it is held or waited for
  /// by callers of this process. A run that is not the first one has a new table in front.
  public var locks: LockTable<Key> { keys.locks }

  /// What happens to the leases from now on. Each stream is new, and independent of all others. One
  /// that is not read keeps the newest 256 events.
  public var events: AsyncStream<LeaseEvent> { context.events.stream() }

  /// The number of keys that callers of this process hold or wait for. A snapshot.
  public var count: Int { keys.count }

  /// Whether no caller of this process holds a key or waits for one, and nothing is being given back.
  /// A snapshot.
  public var isEmpty: Bool { keys.session.isEmpty }

  @usableFromInline
  var keys: LeaseKeys<Key> { current.withValue { $0 } }

  /// Connects to the engine, renews leases, and hears of changes, until the task is cancelled. The
  /// other calls need it: they wait for its begin for up to ``LeaseConfiguration/startTimeout``.
  ///
  /// When the task is cancelled, calls that wait end with ``LeaseError/Reason/notRunning``, and so do
  /// calls that come after. Those who hold a key may hold it until they have finished, but for no
  /// longer than a third of ``LeaseConfiguration/duration``. The rest is taken from them, with the
  /// reason ``LeaseLostError/Reason/runEnded``. Then all is released, and the call returns.
  ///
  /// When the call has ended, it may be called again. Traps if it is called while it runs.
  ///
  /// With the trait `ServiceLifecycle`, a table is a `Service`, and the run also ends when the service
  /// group shuts down gracefully.
  ///
  /// - Throws: ``LeaseStoreError`` of the kind ``LeaseStoreError/Kind/configuration``, if the store
  ///   can't go on. No cancellation.
  public nonisolated(nonsending) func run() async throws {
    #if ServiceLifecycle
      try await cancelWhenGracefulShutdown { try await self.runUntilCancelled() }
    #else
      try await runUntilCancelled()
    #endif
  }

  /// The same, and nothing but a cancellation ends it. For tests that decide which task runs next.
  package nonisolated(nonsending) func runUntilCancelled() async throws {
    let session = current.withValue { keys in
      if case .ended = keys.session.phase {
        keys = LeaseKeys(context, keyText: keyText)
      }
      return keys.session
    }
    guard session.begin() else {
      fatalError("LockTableLeases: run() of \"\(namespace)\" was called while it runs")
    }
    try await session.run()
  }

  /// Returns which keys of the namespace are held, by which process of those that use the engine.
  ///
  /// - Throws: ``LeaseStoreError``; `CancellationError`.
  public nonisolated(nonsending) func snapshot() async throws -> [LeaseHolding] {
    do {
      return try await context.store.holdings(in: context.escapedNamespace)
    } catch {
      try Task.checkCancellation()
      throw error
    }
  }
}
