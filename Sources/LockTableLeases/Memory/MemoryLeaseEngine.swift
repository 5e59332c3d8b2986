public import LockTable

/// What several ``MemoryLeaseStore``s share, as processes share a database: the names that are held,
/// the line of those that wait for each, and the sequence of tokens.
///
///     let engine = MemoryLeaseEngine()
///     let first = LeaseTable<String>(store: .memory(engine), namespace: "orders")
///     let second = LeaseTable<String>(store: .memory(engine), namespace: "orders")
///
/// A name that is released goes to the first in line, for ``claimTime``; this one confirms it by
/// asking again. A name whose time is over goes to the first in line when anybody asks for it, and
/// stays with its owner until then.
public final class MemoryLeaseEngine: Sendable {
  /// How long a name that was handed over waits for its new owner to ask for it.
  public let claimTime: Duration

  private let time: @Sendable () -> Duration
  private let state = Guarded(MemoryLeaseState())

  /// Makes an engine that nobody uses yet. A `clock` measures its time in place of the system's; so a
  /// test decides when a lease is over.
  public init(clock: (any LockClock)? = nil, claimTime: Duration = .milliseconds(200)) {
    if let clock {
      time = { clock.time }
    } else {
      let start = ContinuousClock.now
      time = { ContinuousClock.now - start }
    }
    self.claimTime = claimTime
  }

  /// The number of names that are kept: each that is held, or was held and is not taken yet. Zero
  /// once all that was granted was released.
  public var nameCount: Int { state.withValue { $0.records.count } }

  /// The claims whose names are kept.
  public var claims: Set<LeaseClaim> {
    state.withValue { state in
      Set(state.records.map { name, record in LeaseClaim(name, owner: record.owner) })
    }
  }

  /// The number of claims that wait in line, over all names.
  public var waiterCount: Int {
    state.withValue { $0.records.values.reduce(0) { $0 + $1.line.count } }
  }

  /// The last token that was granted. Zero if there was none.
  public var lastToken: Int64 { state.withValue { $0.lastToken } }

  /// Makes the next token larger than `token`. For tests of a long life.
  public func skipTokens(to token: Int64) {
    state.withValue { $0.lastToken = max($0.lastToken, token) }
  }
}

extension MemoryLeaseEngine: CustomStringConvertible {
  /// The names that are kept, a line each: the owner, the time that remains, and those in line.
  public var description: String {
    let now = time()
    let records = state.withValue { $0.records }.sorted { $0.key < $1.key }
    let lines = records.map { name, record in
      let line = record.line.map(\.text).joined(separator: ", ")
      return "\(name): \(record.owner), \(record.expires - now)"
        + (line.isEmpty ? "" : ", in line: \(line)")
    }
    return lines.joined(separator: "\n")
  }
}

// What the stores do with it.

extension MemoryLeaseEngine {
  func add(_ reports: MemoryLeaseReports, for process: LeaseProcess) {
    state.withValue { state in
      state.reports[process.id] = reports
      reports.enqueue(.connected)
    }
    reports.deliver()
  }

  func remove(_ reports: MemoryLeaseReports, of process: LeaseProcess) {
    state.withValue { state in
      if state.reports[process.id] === reports {
        state.reports[process.id] = nil
      }
    }
  }

  func acquire(_ claim: LeaseClaim, for duration: Duration, waits: Bool) -> LeaseAnswer {
    change { state, now in
      state.passOn(claim.name, at: now, for: claimTime)
      return state.acquire(claim, at: now, for: duration, waits: waits)
    }
  }

  func renew(_ claims: [LeaseClaim], for duration: Duration) -> [LeaseRenewal] {
    change { state, now in claims.map { state.renew($0, at: now, for: duration) } }
  }

  func release(_ claim: LeaseClaim) -> LeaseRelease {
    change { state, now in state.release(claim, at: now, for: claimTime) }
  }

  func holdings(in namespace: String) -> [LeaseHolding] {
    change { state, now in state.holdings(in: namespace, at: now) }
  }

  /// Reports after the mutex is unlocked, as a report may call the engine.
  private func change<Answer>(
    _ body: (inout MemoryLeaseState, Duration) -> Answer
  ) -> Answer {
    let (answer, told) = state.withValue { state in
      let answer = body(&state, time())
      return (answer, state.takeTold())
    }
    for reports in told {
      reports.deliver()
    }
    return answer
  }
}
