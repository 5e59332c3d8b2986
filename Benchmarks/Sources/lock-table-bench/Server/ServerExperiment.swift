import ArgumentParser
import Histogram

struct ServerExperiment: Experiment {
  static let configuration = CommandConfiguration(
    commandName: "server",
    abstract: "A web server that locks accounts: requests a second, latency, lost updates.",
    discussion: """
      Its handler reads a balance, awaits a store, and writes the balance, which is 1 more: two deposits to \
      one account at the same time would both read the same balance, and one would be lost.

        --lock locktable         LockTable: try await withLock(id) { … }
        --lock actor             an actor with a queue of continuations for each account in use
        --lock mutex-dictionary  a Mutex over a dictionary of counted semaphores for tasks
        --lock none              no lock: loses deposits

      A request that waits for the actor or a semaphore can't be cancelled.

      A server with each lock is started, and they are loaded by turns. Under every lock all deposits that \
      were answered have to be in the balances; 'none' has to lose some, or nothing has been shown. It is a \
      failure if any other loses one. Servers and load share the process and the machine, so rates say how the \
      rows compare, not what a server can do.

      It needs a build with Hummingbird in it:

        \(buildCommand)
      """)
  static let standardEffort = Effort(seconds: 1, rounds: 5)

  @Option(parsing: .upToNextOption, help: "What keeps two deposits to one account from each other.")
  var lock = ServerLock.allCases
  @Option(help: "The number of accounts.")
  var accounts = 1_000
  @Option(
    help: ArgumentHelp(
      "How long the store takes; with 0 the handler yields.", valueName: "microseconds"))
  var storeDelay = 0
  @Option(help: "The number of connections, each with a request at a time.")
  var connections = 16
  @Option(parsing: .upToNextOption, help: "How the accounts are drawn.")
  var skew: [Distribution] = [.uniform, .zipf, .single]
  @Option(help: "When requests are to be sent.")
  var arrivals = Arrivals.closed
  @Option(help: "Requests a second in open loops, of all connections together. (default: 1000)")
  var rate: Double?
  @OptionGroup var measuring: EffortOptions<Self>
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try require("--connections", [connections], in: 1...1_024)
    try require("--accounts", [accounts], in: 1...1_000_000)
    try require("--store-delay", [storeDelay], in: 0...1_000_000)
    guard rate == nil || arrivals != .closed else {
      throw ValidationError("'--rate' is of open loops: add '--arrivals poisson'.")
    }
    try require("--rate", [rate ?? 1], in: 1...10_000_000)
  }

  var summary: String {
    """
    \(connections) connections that are kept alive send deposits to a server in this process, which reads the \
    balance, awaits a store, and writes the balance. \(measuring.rounds) interleaved round(s) of \
    \(decimal(measuring.seconds, 2)) s; rates are medians of the rounds, percentiles of all of them. Server and \
    load share the process and the machine, so rates say how the rows compare, not what a server can do.
    """
  }

  private static let buildCommand =
    "swift run -c release --package-path Benchmarks --traits Server lock-table-bench server"
}

/// Why a server could not be loaded, in a sentence.
struct ServerFailure: Error, CustomStringConvertible {
  var description: String
}

#if Server
  extension ServerExperiment {
    func run(in session: Session) throws {
      session.show("starting servers")
      let servers = try lock.map { lock in
        let store = AccountStore(accounts: accounts, delay: .microseconds(storeDelay))
        return try waiting { try await AccountServer(lock, store) }
      }
      var losing: Set<String> = []
      for skew in skew {
        let records = try run(servers, skew, session)
        try session.emit(records)
        losing.formUnion(records.filter { $0.lostUpdates != 0 }.map(\.lock))
      }
      let none = ServerLock.none
      if losing.remove(none.rawValue) == nil, lock.contains(none) {
        let note = """
          lost no update, so this run does not show that the others keep any from being lost: use more \
          connections, fewer accounts, or '--skew single'
          """
        try session.emit([NoteRecord(name: none.row.name, note: note)])
      }
      guard losing.isEmpty else {
        let locks = losing.sorted().joined(separator: ", ")
        throw ServerFailure(description: "Updates were lost, or made twice, under: \(locks).")
      }
    }

    private func run(
      _ servers: [AccountServer], _ skew: Distribution, _ session: Session
    ) throws -> [ServerRecord] {
      let keys = skew == .single ? 1 : accounts
      let orders = KeyOrder<Int>(
        Scenario(threads: connections, keys: keys, distribution: skew)
      ).orders
      let rate = rate ?? 1_000
      let schedule = Schedule(arrivals, rate: rate, threads: connections)
      let passes = servers.map { LoadPass(port: $0.port, orders: orders, schedule: schedule) }
      var observed = servers.map { Observations(name: $0.lock.row.name, role: $0.lock.row.role) }
      let (_, machine) = try session.classified {
        for (pass, server) in zip(passes, servers) {
          session.show("\(skew), warm-up: \(server.lock.rawValue)")
          _ = try waiting { try await pass.run(seconds: measuring.effort.warmUpSeconds) }
        }
        try interleave(rounds: measuring.rounds, servers.count) { round, index in
          let server = servers[index]
          session.show(
            "\(skew), round \(round + 1) of \(measuring.rounds): \(server.lock.rawValue)")
          let before = server.store.total
          var result = try waiting { try await passes[index].run(seconds: measuring.seconds) }
          result.violations = result.operations - (server.store.total - before)
          observed[index].add(result, of: .throughput)
          observed[index].latencies.add(result.latencies)
        }
      }
      return zip(servers, observed).compactMap { server, own in
        guard let rates = Spread(own.nanoseconds.map { 1e9 / $0 }) else { return nil }
        let (latency, isClosed) = (Percentiles(own.latencies), arrivals == .closed)
        return ServerRecord(
          subject: own.subject, lock: server.lock.rawValue, skew: skew, accounts: accounts,
          storeDelayMicroseconds: storeDelay, connections: connections, arrivals: arrivals,
          rate: isClosed ? nil : rate, effort: measuring.effort, requests: own.operations,
          requestsPerSecond: rates,
          timeToLockTable: isClosed ? Ratio(own, over: observed.lockTable, machine) : nil,
          latency: latency,
          p50TimesHandOff: session.floor.handOff.map { Double(latency.p50) / $0 },
          lostUpdates: own.violations, machine: machine)
      }
    }
  }
#else
  extension ServerExperiment {
    /// Instead of the one that prints what it is about to measure.
    func run() throws {
      throw ServerFailure(description: "This build has no web server: use '\(Self.buildCommand)'.")
    }

    func run(in session: Session) throws { try run() }
  }
#endif
