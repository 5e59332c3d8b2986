import ArgumentParser
import Foundation
import Histogram

struct ServerExperiment: Experiment {
  static let configuration = CommandConfiguration(
    commandName: "server",
    abstract: "A web server that locks accounts: requests a second, latency, lost updates.",
    discussion: """
      Loads the server of the package in Benchmarks/Server, whose handler reads a balance, awaits a store, \
      and writes the balance. Build it once:

        swift build -c release --package-path Benchmarks/Server

      A server with each lock is started, and they are loaded by turns. Under every lock all deposits that \
      were answered have to be in the balances; 'none' has to lose some, or nothing has been shown. It is a \
      failure if any other loses one. With '--url' a server that runs already is loaded, on this machine \
      or on another.
      """)
  static let standardEffort = Effort(seconds: 1, rounds: 5)

  @Option(
    help: ArgumentHelp(
      "The server's executable. (default: its release build in Benchmarks/Server)",
      valueName: "path"))
  var server: String?
  @Option(help: "Load a server that runs already, instead: http://HOST:PORT.")
  var url: String?
  @Option(
    parsing: .upToNextOption,
    help: "The locks to start a server with. (default: locktable actor mutex-dictionary none)")
  var lock: [ServerLock] = []
  @Option(help: "The number of accounts of the servers that are started. (default: 1000)")
  var accounts: Int?
  @Option(
    help: ArgumentHelp(
      "How long the store of the servers that are started takes; with 0 the handler yields. (default: 0)",
      valueName: "microseconds"))
  var storeDelay: Int?
  @Option(help: "The number of connections, each with a request at a time.")
  var connections = 16
  @Option(
    parsing: .upToNextOption,
    help: "How the accounts are drawn.")
  var skew: [Distribution] = [.uniform, .zipf, .single]
  @Option(help: "When requests are to be sent.")
  var arrivals = Arrivals.closed
  @Option(help: "Requests a second in open loops, of all connections together. (default: 1000)")
  var rate: Double?
  @OptionGroup var measuring: EffortOptions<Self>
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try require("--connections", [connections], in: 1...1_024)
    guard url == nil || (server == nil && lock.isEmpty && accounts == nil && storeDelay == nil)
    else {
      throw ValidationError(
        "'--url' names a server that runs already, so '--server', '--lock', '--accounts' and "
          + "'--store-delay' have no meaning beside it.")
    }
    try require("--accounts", [accounts ?? 1], in: 1...1_000_000)
    try require("--store-delay", [storeDelay ?? 0], in: 0...1_000_000)
    guard rate == nil || arrivals != .closed else {
      throw ValidationError("'--rate' is of open loops: add '--arrivals poisson'.")
    }
    try require("--rate", [rate ?? 1], in: 1...10_000_000)
    if let url { _ = try Self.address(url) }
  }

  var summary: String {
    """
    \(connections) connections that are kept alive send deposits to a server in a process of its own, which \
    reads the balance, awaits a store, and writes the balance. \(measuring.rounds) interleaved round(s) of \
    \(decimal(measuring.seconds, 2)) s; rates are medians of the rounds, percentiles of all of them. Server and \
    load share the machine, so rates say how the rows compare, not what a server can do.
    """
  }

  func run(in session: Session) throws {
    let floor = QuickFloor.measured()
    session.show("starting servers")
    let servers = try makeServers()
    var hasLost: Set<String> = []
    for skew in skew {
      let records = try run(servers, skew, floor, session)
      try session.emit(records)
      hasLost.formUnion(records.filter { $0.lostUpdates != 0 }.map(\.lock))
    }
    if servers.contains(where: { $0.about.lock == ServerLock.none.rawValue }),
      !hasLost.contains(ServerLock.none.rawValue)
    {
      try session.emit([Self.toothless])
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
    // One that runs already says itself how it locks.
    if let url { return [try RunningServer(at: try Self.address(url))] }
    guard
      let executable = server.map({ URL(fileURLWithPath: $0) }) ?? RunningServer.builtExecutable()
    else {
      throw ValidationError(
        "There is no server to load. Build it with 'swift build -c release --package-path "
          + "Benchmarks/Server', or name one with '--server' or '--url'.")
    }
    return try (lock.isEmpty ? ServerLock.allCases : lock).map {
      try RunningServer(
        executable: executable, lock: $0.rawValue, accounts: accounts ?? 1_000,
        storeDelay: storeDelay ?? 0)
    }
  }

  private func run(
    _ servers: [RunningServer], _ skew: Distribution, _ floor: QuickFloor, _ session: Session
  ) throws -> [ServerRecord] {
    let accounts = servers.map(\.about.accounts).min() ?? 1
    let orders = KeyOrder<Int>(
      Scenario(threads: connections, keys: skew == .single ? 1 : accounts, distribution: skew)
    ).orders
    let passes = servers.map { pass($0.address, orders) }
    var observed = servers.map { server in
      // A lock that this program does not know is no yardstick, but it must lock.
      let lock = ServerLock(rawValue: server.about.lock)
      return Observations(name: lock?.title ?? server.about.lock, role: lock?.role ?? .lesser)
    }
    let (_, machine) = try session.classified {
      for (pass, server) in zip(passes, servers) {
        session.show("\(skew), warm-up: \(server.about.lock)")
        _ = try pass.run(seconds: measuring.effort.warmUpSeconds)
      }
      try interleave(rounds: measuring.rounds, servers.count) { round, index in
        let lock = servers[index].about.lock
        session.show("\(skew), round \(round + 1) of \(measuring.rounds): \(lock)")
        try load(passes[index], servers[index], into: &observed[index])
      }
    }
    return zip(servers, observed).compactMap { server, own in
      let (about, latency) = (server.about, Percentiles(own.latencies))
      guard let rates = Spread(own.nanoseconds.map { 1e9 / $0 }) else { return nil }
      return ServerRecord(
        subject: own.subject, lock: about.lock, skew: skew, accounts: about.accounts,
        storeDelayMicroseconds: about.storeDelayMicroseconds, connections: connections,
        arrivals: arrivals, rate: arrivals == .closed ? nil : rate ?? 1_000,
        effort: measuring.effort, requests: own.operations, requestsPerSecond: rates,
        timeToLockTable: arrivals == .closed ? Ratio(own, over: observed.lockTable, machine) : nil,
        latency: latency, p50TimesHandOff: floor.handOff.map { Double(latency.p50) / $0 },
        lostUpdates: own.violations, machine: machine)
    }
  }

  private func load(
    _ pass: LoadPass, _ server: RunningServer, into observed: inout Observations
  ) throws {
    let before = try server.total()
    var result = try pass.run(seconds: measuring.seconds)
    result.violations = result.operations - (try server.total() - before)
    observed.add(result, of: .throughput)
    observed.latencies.add(result.latencies)
  }

  private func pass(_ address: ServerAddress, _ orders: [[Int32]]) -> LoadPass {
    LoadPass(
      address: address, connections: connections, orders: orders,
      schedule: arrivals == .closed
        ? .closed : Schedule(arrivals, rate: rate ?? 1_000, threads: connections)
    )
  }

  private static func address(_ url: String) throws -> ServerAddress {
    guard let parts = URLComponents(string: url), parts.scheme == "http", let host = parts.host,
      !host.isEmpty, parts.path.isEmpty || parts.path == "/"
    else { throw ValidationError("'--url' has to be like http://127.0.0.1:8080, not \(url).") }
    return ServerAddress(host: host, port: parts.port ?? 80)
  }
}
