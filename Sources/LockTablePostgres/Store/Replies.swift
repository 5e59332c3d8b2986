#if Postgres
  internal import LockTableLeases

  // From requests to parameters, and from rows to answers.

  /// The statements of requests, each of which is made once.
  struct RequestStatements: Sendable {
    let acquire, leave, renew, renewUnlocked, lookForHolds, holdings, sweep: PostgresStatement

    init(_ sql: LeaseSQL) {
      acquire = sql.acquire
      leave = sql.leave
      renew = sql.renew
      renewUnlocked = sql.renewUnlocked
      lookForHolds = sql.lookForHolds
      holdings = sql.holdings
      sweep = sql.sweep
    }
  }

  extension RequestQueue.Batch {
    func statement(_ sql: RequestStatements, claim: Int64) -> (PostgresStatement, [String]) {
      switch kind {
      case .acquire:
        let waiting = requests.lazy.filter { $0.waits }.map { $0.claims[0].owner.text }
        let times = requests.lazy.map { "\($0.milliseconds)" }
        return (sql.acquire, [keys, owners, arrayText(times), arrayText(waiting)])
      case .release: return (sql.leave, [keys, owners, "\(claim)"])
      case .renew: return (sql.renew, [keys, owners, "\(requests[0].milliseconds)"])
      case .renewUnlocked:
        return (sql.renewUnlocked, [keys, owners, "\(requests[0].milliseconds)"])
      case .look: return (sql.lookForHolds, [keys, owners])
      case .holdings:
        let namespace = requests[0].namespace
        // The character after the slash.
        return (sql.holdings, [namespace + "/", namespace + "0"])
      case .sweep: return (sql.sweep, [])
      }
    }

    private var keys: String { arrayText(claims.lazy.map { $0.name.text }) }
    private var owners: String { arrayText(claims.lazy.map { $0.owner.text }) }

    /// One for each request.
    func outcomes(_ rows: [[String?]]) -> [Request.Outcome] {
      switch kind {
      case .acquire:
        byKey(rows) { request, row in
          guard let row else { return .failure(Self.noAnswer) }
          return .success(.answer(Self.answer(to: request.claims[0], row)))
        }
      case .release:
        byKey(rows) { _, row in
          .success(
            .release(LeaseRelease(wasHeld: row?[1] == "t", isWanted: row?[2] == "t")))
        }
      case .renew: [.success(.renewals(renewals(rows, missing: .lost)))]
      case .renewUnlocked, .look: [.success(.renewals(renewals(rows, missing: nil)))]
      case .holdings: [.success(.holdings(rows.compactMap(Self.holding)))]
      case .sweep: [.success(.holdings([]))]
      }
    }

    private func byKey(
      _ rows: [[String?]], _ outcome: (Request, [String?]?) -> Request.Outcome
    ) -> [Request.Outcome] {
      if requests.count == 1 { return [outcome(requests[0], rows.first)] }
      let rows = Self.indexed(rows)
      return requests.map { outcome($0, rows[$0.claims[0].name.text]) }
    }

    private func renewals(_ rows: [[String?]], missing: LeaseRenewal?) -> [LeaseRenewal?] {
      let rows = Self.indexed(rows)
      return claims.map { claim in
        rows[claim.name.text].map { .renewed(isWanted: $0[1] == "t") } ?? missing
      }
    }

    private static func indexed(_ rows: [[String?]]) -> [String: [String?]] {
      Dictionary(rows.map { ($0[0] ?? "", $0) }) { first, _ in first }
    }

    private static func answer(to claim: LeaseClaim, _ row: [String?]) -> LeaseAnswer {
      let remaining = row[3].flatMap { Int64($0) } ?? 0
      if let token = row[1].flatMap({ Int64($0) }) {
        // A lease that was over before it could be told is none: ask again.
        return remaining > 0
          ? .granted(token: token)
          : .held(LeaseObstacle(owner: claim.owner, remaining: .zero, retryAfter: .zero))
      }
      return .held(
        LeaseObstacle(
          owner: row[2].flatMap { LeaseOwner($0) }, remaining: .milliseconds(max(remaining, 0))))
    }

    private static func holding(_ row: [String?]) -> LeaseHolding? {
      guard let name = row[0].flatMap({ LeaseName($0) }) else { return nil }
      return LeaseHolding(
        name: name, owner: row[1].flatMap { LeaseOwner($0) },
        remaining: row[2].flatMap { Int64($0) }.map { .milliseconds(max($0, 0)) },
        waiterCount: row[3].flatMap { Int($0) })
    }

    private static var noAnswer: LeaseStoreError {
      LeaseStoreError(.transient, "PostgreSQL returned no row for a request")
    }
  }
#endif
