import ArgumentParser

/// What the server can lock accounts with.
enum ServerLock: String, CaseIterable, Codable, Sendable, ExpressibleByArgument {
  case locktable
  case actor
  case mutexDictionary = "mutex-dictionary"
  case none

  /// A row's name.
  var title: String {
    switch self {
    case .locktable: "LockTable"
    case .actor: "actor of continuations"
    case .mutexDictionary: "refcounted semaphores"
    case .none: "no lock"
    }
  }

  var role: Role {
    switch self {
    case .locktable: .lockTable
    case .actor, .mutexDictionary: .exact
    case .none: .loop
    }
  }
}

/// The rows of one skew, from what was seen of the servers.
struct ServerRows {
  let skew: Distribution
  let connections: Int
  let arrivals: Arrivals
  let rate: Double?
  let effort: Effort
  let floor: QuickFloor
  let machine: MachineClass

  func records(
    _ servers: [RunningServer.About], _ observed: [ServerExperiment.Observed]
  ) -> [ServerRecord] {
    let timed = zip(servers, observed).map { server, observed in
      // A lock that this program does not know is no yardstick, but it has to lock.
      let lock = ServerLock(rawValue: server.lock)
      return Timed(
        subject: Subject(
          name: lock?.title ?? server.lock, role: lock?.role ?? .lesser, violations: observed.lost,
          operations: observed.deposits),
        nanoseconds: observed.nanoseconds)
    }
    let table = arrivals == .closed ? timed.lockTable : nil
    return zip(servers, zip(timed, observed)).compactMap { server, row in
      let (timed, observed) = row
      guard let rates = Spread(timed.nanoseconds.map { 1e9 / $0 }) else { return nil }
      let latency = Percentiles(observed.latencies)
      return ServerRecord(
        subject: timed.subject, lock: server.lock, skew: skew, accounts: server.accounts,
        storeDelayMicroseconds: server.storeDelayMicroseconds, connections: connections,
        arrivals: arrivals, rate: rate, effort: effort, requests: observed.deposits,
        requestsPerSecond: rates, timeToLockTable: Ratio(timed, over: table, machine),
        latency: latency, p50TimesHandOff: floor.handOff.map { Double(latency.p50) / $0 },
        lostUpdates: observed.lost, machine: machine)
    }
  }
}
