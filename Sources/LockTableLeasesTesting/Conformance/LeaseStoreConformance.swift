public import LockTable
public import LockTableLeases

/// A check of a store against what `LeaseStore` promises. It needs no test framework: each check
/// returns what is wrong as a sentence, or nil.
///
///     let directory = LeaseStoreConformance.Subject(duration: .milliseconds(300)) {
///       DirectoryLeaseStore(path: path)
///     }
///
///     @Test(arguments: LeaseStoreConformance.checks)
///     func aDirectoryIsAStore(check: LeaseStoreConformance) async throws {
///       #expect(try await check(directory) == nil)
///     }
///
/// A check uses names of its own, and leaves none of them held. So checks may run at one time, on one
/// engine that others use as well.
public struct LeaseStoreConformance: Sendable {
  /// What the check shows: `aNameHasOneOwner`.
  public let name: String
  let body: @Sendable (LeaseStoreTrial) async throws -> String?

  init(_ name: String, _ body: @escaping @Sendable (LeaseStoreTrial) async throws -> String?) {
    self.name = name
    self.body = body
  }

  /// Makes the check.
  ///
  /// - Returns: What is wrong, as a sentence; nil if nothing is. An error of the store is wrong as
  ///   well.
  /// - Throws: `CancellationError` if the task is cancelled.
  public func callAsFunction(_ subject: Subject) async throws -> String? {
    let trial = LeaseStoreTrial(subject)
    var finding: String?
    do {
      finding = try await body(trial)
    } catch let error as CancellationError {
      try await trial.end()
      throw error
    } catch let error as LeaseStoreTrial.Finding {
      finding = error.sentence
    } catch {
      finding = "the store failed: \(error)"
    }
    let atTheEnd = try await trial.end()
    return (finding ?? atTheEnd).map { "\(subject.name ?? "store"), \(name): \($0)" }
  }

  /// Makes all checks that apply, one after the other.
  ///
  /// - Returns: The sentences of those that found something.
  public static func findings(in subject: Subject) async throws -> [String] {
    var findings: [String] = []
    for check in checks {
      if let finding = try await check(subject) {
        findings.append(finding)
      }
    }
    return findings
  }
}

extension LeaseStoreConformance: CustomStringConvertible {
  /// The name.
  public var description: String { name }
}

extension LeaseStoreConformance {
  /// A store that is to be checked.
  public struct Subject: Sendable {
    /// What a check calls it.
    public var name: String?
    /// How long a grant lasts. A check waits for a few of these. A few calls have to fit in: a check
    /// that was too slow to tell doubles it, up to 32 times this, and then finds nothing.
    public var duration: Duration
    /// Whether those that wait get a name in the order in which they first asked.
    public var hasLine = false
    /// How many names the checks of many use.
    public var manyNames = 1_100
    /// How long a check waits for what must come at some time.
    public var patience: Duration = .seconds(60)
    /// Ends the engine and starts it again, as a crash would. Nil: it can't be.
    public var restart: (@Sendable () async throws -> Void)?
    /// Makes the store of one more process, on the one engine.
    public var makeStore: @Sendable () async throws -> any LeaseStore

    private let clock: (any LockClock)?
    private let advance: (@Sendable (Duration) -> Void)?
    private let start = ContinuousClock.now

    /// Makes a subject whose engine has the system's clock.
    public init(
      _ name: String? = nil, duration: Duration,
      makeStore: @escaping @Sendable () async throws -> any LeaseStore
    ) {
      self.init(name, duration: duration, clock: nil, advance: nil, makeStore: makeStore)
    }

    /// Makes a subject whose engine has a clock that `advance` advances. No check waits for a duration
    /// to pass then.
    public init(
      _ name: String? = nil, duration: Duration, clock: (any LockClock)?,
      advance: (@Sendable (Duration) -> Void)?,
      makeStore: @escaping @Sendable () async throws -> any LeaseStore
    ) {
      self.name = name
      self.duration = duration
      self.clock = clock
      self.advance = advance
      self.makeStore = makeStore
    }

    var now: Duration { clock?.time ?? ContinuousClock.now - start }

    /// Lets a part of a pause pass, so that its end is seen soon.
    func passAPart(of pause: Duration) async throws {
      try await pass(advance == nil ? min(pause, .milliseconds(1)) : pause / 10)
    }

    func pass(_ time: Duration) async throws {
      if let advance {
        advance(time)
        // A task that yields and yields takes the threads from the others.
        try await Task.sleep(for: .milliseconds(1))
      } else {
        try await Task.sleep(for: time)
      }
    }
  }
}
