// swift-tools-version: 6.2

import PackageDescription

// A package of its own, as a program of yours would be: README.md says what it shows.
let package = Package(
  name: "lock-table-examples",
  platforms: [.macOS(.v15)],
  dependencies: [
    // In place of `.package(url: …)`. The traits add the adapters to swift-log and swift-metrics,
    // whose reporter is a service, and leases on PostgreSQL.
    .package(
      name: "lock-table", path: "../..", traits: ["Logging", "Postgres", "ServiceLifecycle"]),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.9.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.5.0"),
  ],
  targets: [
    .executableTarget(
      name: "ledger",
      dependencies: [.product(name: "LockTable", package: "lock-table")]),
    .executableTarget(
      name: "billing",
      dependencies: [
        .product(name: "LockTableLeases", package: "lock-table"),
        .product(name: "LockTableLogging", package: "lock-table"),
        .product(name: "LockTablePostgres", package: "lock-table"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ]),
    .executableTarget(
      name: "server",
      dependencies: [
        .product(name: "LockTable", package: "lock-table"),
        .product(name: "LockTableLogging", package: "lock-table"),
        .product(name: "LockTableMetrics", package: "lock-table"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "CoreMetrics", package: "swift-metrics"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ]),
  ])
