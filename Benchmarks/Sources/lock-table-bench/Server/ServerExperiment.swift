import Foundation
import Histogram

/// Deposits by HTTP to a server that locks accounts.
struct ServerExperiment: Experiment {
  enum Target {
    /// It says itself how it locks.
    case running(ServerAddress)
    case started(executable: URL, locks: [ServerLock], accounts: Int, storeDelay: Int)
  }

  var target: Target
  var connections = 16
  var skews: [Distribution] = [.uniform, .zipf, .single]
  var arrivals = LatencyRecord.Arrivals.closed
  /// Requests a second of all connections; of no meaning in a closed loop.
  var rate = 1_000.0
  var effort = Effort(seconds: 1, rounds: 5)

  let name = "server"

  var summary: String {
    """
    \(connections) connections that are kept alive send deposits to a server in a process of its own, which \
    reads the balance, awaits a store, and writes the balance. \(effort.rounds) interleaved round(s) of \
    \(decimal(effort.seconds, 2)) s; rates are medians of the rounds, percentiles of all of them. Server and \
    load share the machine, so rates say how the rows compare, not what a server can do.
    """
  }

  func run(in session: Session) throws {
    let floor = QuickFloor.measured()
    session.show("starting servers")
    let servers = try makeServers()
    var hasLost: Set<String> = []
    for skew in skews {
      let records = try run(servers, skew, floor, session)
      try session.emit(records.map(Record.server))
      hasLost.formUnion(records.filter { $0.lostUpdates != 0 }.map(\.lock))
    }
    if servers.contains(where: { $0.about.lock == ServerLock.none.rawValue }),
      !hasLost.contains(ServerLock.none.rawValue)
    {
      try session.emit([.note(Self.toothless)])
    }
    let broken = hasLost.subtracting([ServerLock.none.rawValue]).sorted()
    guard broken.isEmpty else {
      throw ServerFailure(
        description: "Updates were lost, or made twice, under: \(broken.joined(separator: ", ")).")
    }
  }

  private static let toothless = NoteRecord(
    name: ServerLock.none.title,
    note: "lost no update, so this run does not show that the others keep any from being lost: "
      + "use more connections, fewer accounts, or '--skew single'")

  private func makeServers() throws -> [RunningServer] {
    switch target {
    case .running(let address):
      [try RunningServer(at: address)]
    case .started(let executable, let locks, let accounts, let storeDelay):
      try locks.map {
        try RunningServer(
          executable: executable, lock: $0.rawValue, accounts: accounts, storeDelay: storeDelay)
      }
    }
  }

  private func run(
    _ servers: [RunningServer], _ skew: Distribution, _ floor: QuickFloor, _ session: Session
  ) throws -> [ServerRecord] {
    let accounts = servers.map(\.about.accounts).min() ?? 1
    let orders = KeyOrder<Int>(
      Scenario(threads: connections, keys: skew == .single ? 1 : accounts, distribution: skew)
    ).orders
    let passes = servers.map { pass($0.address, accounts, orders) }
    var observed = servers.map { _ in Observed() }
    let (_, machine) = try session.classified {
      for (pass, server) in zip(passes, servers) {
        session.show("\(skew), warm-up: \(server.about.lock)")
        _ = try pass.run(seconds: effort.warmUpSeconds)
      }
      try interleave(rounds: effort.rounds, servers.count) { round, index in
        let lock = servers[index].about.lock
        session.show("\(skew), round \(round + 1) of \(effort.rounds): \(lock)")
        try observed[index].add(passes[index], servers[index], effort.seconds)
      }
    }
    let rows = ServerRows(
      skew: skew, connections: connections, arrivals: arrivals,
      rate: arrivals == .closed ? nil : rate, effort: effort, floor: floor, machine: machine)
    return rows.records(servers.map(\.about), observed)
  }

  private func pass(_ address: ServerAddress, _ accounts: Int, _ orders: [[Int32]]) -> LoadPass {
    LoadPass(
      address: address, connections: connections, orders: orders,
      requests: (0..<accounts).map {
        HTTPConnection.bytes("POST", "/accounts/\($0)/deposit", address)
      },
      schedule: arrivals == .closed ? .closed : Schedule(arrivals, rate: rate, threads: connections)
    )
  }
}

extension ServerExperiment {
  /// What one server showed with one skew.
  struct Observed {
    /// Of each round: nanoseconds for each request, of all connections together.
    var nanoseconds: [Double] = []
    var deposits = 0
    var lost = 0
    var latencies = emptyHistogram()

    fileprivate mutating func add(
      _ pass: LoadPass, _ server: RunningServer, _ seconds: Double
    ) throws {
      let before = try server.total()
      let result = try pass.run(seconds: seconds)
      lost += result.deposits - (try server.total() - before)
      deposits += result.deposits
      nanoseconds.append(result.nanoseconds / Double(max(result.deposits, 1)))
      latencies.add(result.latencies)
    }
  }
}
