import Hummingbird
import LockTable
import LockTableLogging
import LockTableMetrics
import Logging
import ServiceLifecycle

/// A bank with accounts and profiles: `server [PORT [MILLISECONDS]]`. It listens on 127.0.0.1, and its
/// requests wait for keys for so long.
@main struct Server {
  static func main() async throws {
    let arguments = CommandLine.arguments.dropFirst().map { Int($0) ?? 0 }
    let (port, patience) = (arguments.first ?? 8080, arguments.dropFirst().first ?? 500)
    let logger = Logger(label: "bank")
    // A table for each kind of thing. With diagnostics, reports say who holds a key, and where.
    let configuration = LockTableConfiguration(maximumWaitersPerKey: 16, diagnostics: .init())
    let accountLocks = LockTable<Int>(name: "accounts", configuration: configuration)
    let profileLocks = LockTable<String>(name: "profiles", configuration: configuration)
    accountLocks.logDiagnostics(to: logger, slowWaits: .milliseconds(250), longHolds: .seconds(2))
    profileLocks.logDiagnostics(to: logger, slowWaits: .milliseconds(250), longHolds: .seconds(2))

    let metrics = MetricsStore()
    let bank = Bank(
      store: Store(), accountLocks: accountLocks, patience: .milliseconds(patience))
    let routes = Routes(bank: bank, profileLocks: profileLocks, metrics: metrics)
    let application = Application(
      router: routes.makeRouter(),
      configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: logger)

    // They are shut down in the opposite order: first the tables are closed, and last the metrics end.
    let services: [any Service] = [
      LockTableMetricsReporter(accountLocks, every: .seconds(1), factory: metrics),
      LockTableMetricsReporter(profileLocks, every: .seconds(1), factory: metrics),
      Dumps(),
      application,
      Interest(bank: bank, logger: logger),
      Closing(accountLocks: accountLocks, profileLocks: profileLocks, logger: logger),
    ]
    let group = ServiceGroup(
      configuration: .init(
        services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    try await group.run()
    let (total, reserved) = await (bank.store.total, bank.store.reserved)
    logger.info("ended", metadata: ["money": "\(total)", "reserved": "\(reserved)"])
  }
}
