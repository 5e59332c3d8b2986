// The small store of the article on writing one, as it is there. A test compares them.

import LockTableLeases

/// What the store needs of a database, on one connection that keeps the order of its requests.
protocol RowDatabase: Sendable {
  /// Changes the row of a key atomically. The body gets the row, or nil, and the database's time. It
  /// draws tokens from a sequence.
  func change<Answer: Sendable>(
    _ key: String,
    _ body: @Sendable (inout LeaseRow?, _ now: Duration, _ nextToken: () -> Int64) -> Answer
  ) async throws -> Answer

  /// All rows, and the database's time.
  func rows() async throws -> (rows: [String: LeaseRow], now: Duration)
}

struct LeaseRow: Sendable {
  var owner: String
  var expires: Duration
}

struct RowLeaseStore: LeaseStore {
  let database: any RowDatabase

  var name: String { "rows" }
  var expiry: LeaseExpiry { .afterDuration }

  func run(
    as process: LeaseProcess, report: @escaping @Sendable (LeaseStoreChange) -> Void
  ) async throws(LeaseStoreError) {
    report(.connected)
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(3600))
    }
  }

  func acquire(
    _ claim: LeaseClaim, for duration: Duration, waits: Bool
  ) async throws(LeaseStoreError) -> LeaseAnswer {
    try await ask {
      try await database.change(claim.name.text) { row, now, nextToken in
        if let row, row.owner != claim.owner.text, row.expires > now {
          return .held(
            LeaseObstacle(
              owner: LeaseOwner(row.owner), remaining: row.expires - now,
              retryAfter: .milliseconds(50)))
        }
        row = LeaseRow(owner: claim.owner.text, expires: now + duration)
        return .granted(token: nextToken())
      }
    }
  }

  func renew(
    _ claims: [LeaseClaim], for duration: Duration
  ) async throws(LeaseStoreError) -> [LeaseRenewal] {
    var renewals: [LeaseRenewal] = []
    for claim in claims {
      let isHeld = try await ask {
        try await database.change(claim.name.text) { row, now, _ in
          guard row?.owner == claim.owner.text else { return false }
          row?.expires = now + duration
          return true
        }
      }
      renewals.append(isHeld ? .renewed(isWanted: false) : .lost)
    }
    return renewals
  }

  func release(_ claim: LeaseClaim) async throws(LeaseStoreError) -> LeaseRelease {
    try await ask {
      try await database.change(claim.name.text) { row, _, _ in
        guard row?.owner == claim.owner.text else { return LeaseRelease(wasHeld: false) }
        row = nil
        return LeaseRelease(wasHeld: true)
      }
    }
  }

  func holdings(in namespace: String) async throws(LeaseStoreError) -> [LeaseHolding] {
    let (rows, now) = try await ask { try await database.rows() }
    return rows.compactMap { key, row in
      guard let name = LeaseName(key), name.namespace == namespace, row.expires > now else {
        return nil
      }
      return LeaseHolding(
        name: name, owner: LeaseOwner(row.owner), remaining: row.expires - now)
    }
  }

  /// Says what can be done about an error. A store knows its engine's codes.
  private func ask<Answer>(
    _ request: () async throws -> Answer
  ) async throws(LeaseStoreError) -> Answer {
    do {
      return try await request()
    } catch is CancellationError {
      throw LeaseStoreError(.cancelled, "the task was cancelled")
    } catch {
      throw LeaseStoreError(.transient, "the database did not answer: \(error)")
    }
  }
}
