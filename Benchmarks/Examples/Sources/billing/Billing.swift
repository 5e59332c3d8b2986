import LockTableLeases
import LockTableLogging
import LockTablePostgres
import Logging
import ServiceLifecycle
import UnixSignals

/// One of several server processes on one database: `billing DATABASE BILLS`. Each bill takes one from
/// an account, in three steps that other processes must not come between.
@main struct Billing {
  static func main() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.count == 2, let database = arguments.first, let last = arguments.last,
      let bills = Int(last)
    else {
      print("billing DATABASE BILLS: a connection string, and how many bills to write")
      return
    }
    let logger = Logger(label: "billing")
    var configuration = LeaseConfiguration()
    configuration.duration = .seconds(6)
    var storeConfiguration = PostgresLeaseStore.Configuration()
    storeConfiguration.leaseDuration = configuration.duration
    let leases = LeaseTable<Int>(
      store: .postgres(database, configuration: storeConfiguration), namespace: "accounts",
      configuration: configuration)
    leases.logEvents(to: logger)
    let biller = Biller(
      accounts: try await Accounts(database), leases: leases, bills: bills)

    // The services end in the order in which they need each other: leases go last.
    let services = ServiceGroup(
      configuration: .init(
        services: [
          .init(service: leases),
          .init(
            service: biller, successTerminationBehavior: .gracefullyShutdownGroup,
            failureTerminationBehavior: .gracefullyShutdownGroup),
        ], gracefulShutdownSignals: [.sigterm], logger: logger))
    try await services.run()
    print(biller.report)
  }
}
