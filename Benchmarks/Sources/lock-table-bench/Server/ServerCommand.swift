import ArgumentParser
import Foundation

struct ServerCommand: ParsableCommand {
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

  @Option(help: "The number of connections, each with a thread and a request at a time.")
  var connections = 16

  @Option(
    parsing: .upToNextOption,
    help: "How the accounts are drawn. (default: uniform zipf single)")
  var skew: [Distribution] = []

  @Option(help: "When requests are to be sent.")
  var arrivals = LatencyRecord.Arrivals.closed

  @Option(help: "Requests a second in open loops, of all connections together. (default: 1000)")
  var rate: Double?

  @Option(help: "How long each server is loaded in a round.")
  var seconds = 1.0

  @Option(help: "How often each server is loaded, for each skew.")
  var rounds = 5

  @OptionGroup var output: OutputOptions

  func validate() throws {
    try EffortLimit.validate(seconds: seconds, rounds: rounds)
    guard (1...1_024).contains(connections) else {
      throw ValidationError("'--connections' has to be from 1 to 1024: each has a thread.")
    }
    guard url == nil || (server == nil && lock.isEmpty && accounts == nil && storeDelay == nil)
    else {
      throw ValidationError(
        "'--url' names a server that runs already, so '--server', '--lock', '--accounts' and "
          + "'--store-delay' have no meaning beside it.")
    }
    guard (1...1_000_000).contains(accounts ?? 1) else {
      throw ValidationError("'--accounts' has to be from 1 to 1000000.")
    }
    guard (0...1_000_000).contains(storeDelay ?? 0) else {
      throw ValidationError("'--store-delay' has to be from 0 to 1000000, a second.")
    }
    guard rate == nil || arrivals != .closed else {
      throw ValidationError("'--rate' is of open loops: add '--arrivals poisson'.")
    }
    guard (1...10_000_000).contains(rate ?? 1) else {
      throw ValidationError("'--rate' has to be from 1 to 10000000 a second.")
    }
    if let url {
      _ = try Self.address(url)
    }
  }

  func run() throws {
    try output.run(
      ServerExperiment(
        target: try target, connections: connections,
        skews: skew.isEmpty ? [.uniform, .zipf, .single] : skew, arrivals: arrivals,
        rate: rate ?? 1_000, effort: Effort(seconds: seconds, rounds: rounds)))
  }

  private var target: ServerExperiment.Target {
    get throws {
      if let url {
        return .running(try Self.address(url))
      }
      guard
        let executable = server.map({ URL(fileURLWithPath: $0) }) ?? RunningServer.builtExecutable()
      else {
        throw ValidationError(
          "There is no server to load. Build it with 'swift build -c release --package-path "
            + "Benchmarks/Server', or name one with '--server' or '--url'.")
      }
      return .started(
        executable: executable, locks: lock.isEmpty ? ServerLock.allCases : lock,
        accounts: accounts ?? 1_000, storeDelay: storeDelay ?? 0)
    }
  }

  private static func address(_ url: String) throws -> ServerAddress {
    guard let parts = URLComponents(string: url), parts.scheme == "http", let host = parts.host,
      !host.isEmpty, parts.path.isEmpty || parts.path == "/"
    else {
      throw ValidationError("'--url' has to be like http://127.0.0.1:8080, not \(url).")
    }
    return ServerAddress(host: host, port: parts.port ?? 80)
  }
}

extension ServerLock: ExpressibleByArgument {}
