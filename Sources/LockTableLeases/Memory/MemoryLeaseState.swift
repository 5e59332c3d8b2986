/// The records of an engine in memory, and what is done with them under its mutex.
struct MemoryLeaseState {
  /// A name that has an owner.
  struct Record {
    var owner: LeaseOwner
    var expires: Duration
    /// Those that wait, the first one first.
    var line: [LeaseOwner] = []
  }

  var records: [LeaseName: Record] = [:]
  var lastToken: Int64 = 0
  /// By the identifiers of the processes that run a store.
  var reports: [String: MemoryLeaseReports] = [:]
  private var told: [MemoryLeaseReports] = []

  /// Gives a name whose time is over to the first in line. What is left of an owner that nobody waits
  /// for is the asker's to take.
  mutating func passOn(_ name: LeaseName, at now: Duration, for claimTime: Duration) {
    guard var record = records[name], record.expires <= now, !record.line.isEmpty else { return }
    record.owner = record.line.removeFirst()
    record.expires = now + claimTime
    records[name] = record
    tell(record.owner, of: name)
  }

  mutating func acquire(
    _ claim: LeaseClaim, at now: Duration, for duration: Duration, waits: Bool
  ) -> LeaseAnswer {
    guard var record = records[claim.name] else {
      return grant(Record(owner: claim.owner, expires: now + duration), to: claim)
    }
    if record.owner == claim.owner || record.expires <= now {
      record.owner = claim.owner
      record.expires = now + duration
      return grant(record, to: claim)
    }
    if waits && !record.line.contains(claim.owner) {
      record.line.append(claim.owner)
      records[claim.name] = record
    }
    return .held(LeaseObstacle(owner: record.owner, remaining: record.expires - now))
  }

  /// Draws the token after the name is won. So it is larger than that of each grant before.
  private mutating func grant(_ record: Record, to claim: LeaseClaim) -> LeaseAnswer {
    records[claim.name] = record
    lastToken += 1
    return .granted(token: lastToken)
  }

  /// Compares the owner and not the time: what nobody has taken since is still exclusive.
  mutating func renew(
    _ claim: LeaseClaim, at now: Duration, for duration: Duration
  ) -> LeaseRenewal {
    guard let record = records[claim.name], record.owner == claim.owner else { return .lost }
    records[claim.name]?.expires = now + duration
    return .renewed(isWanted: !record.line.isEmpty)
  }

  mutating func release(
    _ claim: LeaseClaim, at now: Duration, for claimTime: Duration
  ) -> LeaseRelease {
    guard var record = records[claim.name] else { return LeaseRelease(wasHeld: false) }
    guard record.owner == claim.owner else {
      record.line.removeAll { $0 == claim.owner }
      records[claim.name] = record
      return LeaseRelease(wasHeld: false, isWanted: !record.line.isEmpty)
    }
    guard !record.line.isEmpty else {
      records[claim.name] = nil
      return LeaseRelease(wasHeld: true)
    }
    record.owner = record.line.removeFirst()
    record.expires = now + claimTime
    records[claim.name] = record
    tell(record.owner, of: claim.name)
    return LeaseRelease(wasHeld: true, isWanted: true)
  }

  func holdings(in namespace: String, at now: Duration) -> [LeaseHolding] {
    records
      .filter { $0.key.namespace == namespace && $0.value.expires > now }
      .map { name, record in
        LeaseHolding(
          name: name, owner: record.owner, remaining: record.expires - now,
          waiterCount: record.line.count)
      }
      .sorted { $0.name < $1.name }
  }

  private mutating func tell(_ owner: LeaseOwner, of name: LeaseName) {
    guard let reports = reports[owner.process.id] else { return }
    reports.enqueue(.mayBeFree(name))
    told.append(reports)
  }

  /// Returns those that have something to deliver since the last call.
  mutating func takeTold() -> [MemoryLeaseReports] {
    guard !told.isEmpty else { return [] }
    defer { told = [] }
    return told
  }
}
