public import LockTable

/// How a ``LeaseTable`` behaves.
public struct LeaseConfiguration: Sendable {
  /// How long the engine keeps a lease that nobody renews. At least 100 ms.
  ///
  /// After a crash of its process a key stays held for up to this long. A process that can't reach
  /// the engine cancels its work after two thirds of it. Renewals are sent each third of it.
  public var duration: Duration = .seconds(15)

  /// How many callers of this process may have a key one after the other before the engine is asked
  /// again, if others wait. From 1 to 64. A third of the ``duration`` ends a row of them as well.
  public var maximumHandOffs = 64

  /// How long a call waits for ``LeaseTable/run()`` to begin.
  public var startTimeout: Duration = .seconds(10)

  /// How often a waiter asks the engine again if it hears nothing.
  public var pollInterval: Duration = .seconds(1)

  /// The largest number of callers of this process that wait for one key. Nil is no limit.
  public var maximumWaitersPerKey: Int?

  /// Whether, and how, the table in front records who holds and waits: see
  /// `LockTableConfiguration.diagnostics`. Nil records nothing.
  public var diagnostics: LockTableConfiguration.Diagnostics?

  /// Measures all time, in place of the system's clock. For tests.
  public var clock: (any LockClock)?

  /// Makes a configuration.
  public init() {}
}
