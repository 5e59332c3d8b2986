// swift-tools-version: 6.2

import PackageDescription

let swiftSettings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

// The core and its tests, which look at it from inside, have to agree on it.
let parking: [CSetting] = [.define("LT_PORTABLE_PARKING", .when(traits: ["PortableParking"]))]

let package = Package(
  name: "lock-table",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "LockTable", targets: ["LockTable"]),
    .library(name: "LockTableFoundation", targets: ["LockTableFoundation"]),
    .library(name: "LockTableTesting", targets: ["LockTableTesting"]),
    // Empty without the trait of that name.
    .library(name: "LockTableLogging", targets: ["LockTableLogging"]),
    .library(name: "LockTableMetrics", targets: ["LockTableMetrics"]),
    // The traits Tracing and Configuration.
    .library(name: "LockTableTracing", targets: ["LockTableTracing"]),
    .library(name: "LockTableSettings", targets: ["LockTableSettings"]),
    .library(name: "LockTableLeases", targets: ["LockTableLeases"]),
    .library(name: "LockTableLeasesTesting", targets: ["LockTableLeasesTesting"]),
    // The trait Postgres.
    .library(name: "LockTablePostgres", targets: ["LockTablePostgres"]),
  ],
  traits: [
    .trait(
      name: "PortableParking",
      description: "Park threads on a pthread mutex and condition, also where there are futexes."),
    .trait(name: "Logging", description: "LockTableLogging, and with it swift-log."),
    .trait(name: "Metrics", description: "LockTableMetrics, and with it swift-metrics."),
    .trait(
      name: "ServiceLifecycle",
      description:
        "LockTableMetrics; its reporters and tables of leases are services of swift-service-lifecycle.",
      enabledTraits: ["Metrics"]),
    .trait(
      name: "Tracing", description: "LockTableTracing, and with it swift-distributed-tracing."),
    .trait(
      name: "Configuration", description: "LockTableSettings, and with it swift-configuration."),
    .trait(name: "Postgres", description: "LockTablePostgres, and with it libpq."),
    .default(enabledTraits: []),
  ],
  // Fetched with the traits only: no target depends on them without.
  dependencies: [
    .package(url: "https://github.com/apple/swift-log", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.5.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.3.0"),
    .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.3.0"),
    .package(url: "https://github.com/apple/swift-configuration", from: "1.0.0"),
  ],
  targets: [
    // No pkgConfig: its -D flag draws a warning in every build of every client.
    .systemLibrary(
      name: "CConcurrencyKit",
      path: "CShim/ConcurrencyKit",
      providers: [.apt(["libck-dev"]), .brew(["concurrencykit"])]),
    .target(
      name: "CLockTable",
      dependencies: ["CConcurrencyKit"],
      path: "CShim/LockTable",
      cSettings: parking,
      linkerSettings: [
        // The archive on Linux, so that a server image needs no libck.so.
        .linkedLibrary(":libck.a", .when(platforms: [.linux])),
        .linkedLibrary("ck", .when(platforms: [.macOS])),
      ]),
    .target(name: "CSwiftTask", dependencies: ["CLockTable"], path: "CShim/SwiftTask"),
    .target(
      name: "LockTable", dependencies: ["CLockTable", "CSwiftTask"], swiftSettings: swiftSettings),
    .target(
      name: "LockTableFoundation", dependencies: ["LockTable"], swiftSettings: swiftSettings),
    .target(
      name: "LockTableTesting", dependencies: ["LockTable"], swiftSettings: swiftSettings),
    .testTarget(
      name: "LockTableTests",
      dependencies: [
        "LockTable", "LockTableFoundation", "LockTableTesting", "CLockTable", "CoreScenarios",
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "LockTableLogging",
      dependencies: [
        "LockTable", "LockTableLeases",
        .product(name: "Logging", package: "swift-log", condition: .when(traits: ["Logging"])),
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "LockTableLoggingTests",
      dependencies: [
        "LockTableLogging", "LockTableLeases",
        .product(
          name: "InMemoryLogging", package: "swift-log", condition: .when(traits: ["Logging"])),
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "LockTableMetrics",
      dependencies: [
        "LockTable", "LockTableLeases",
        .product(
          name: "CoreMetrics", package: "swift-metrics", condition: .when(traits: ["Metrics"])),
        .product(
          name: "ServiceLifecycle", package: "swift-service-lifecycle",
          condition: .when(traits: ["ServiceLifecycle"])),
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "LockTableMetricsTests",
      dependencies: [
        "LockTableMetrics", "LockTableLeases",
        .product(
          name: "MetricsTestKit", package: "swift-metrics", condition: .when(traits: ["Metrics"])),
        .product(
          name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle",
          condition: .when(traits: ["ServiceLifecycle"])),
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "LockTableTracing",
      dependencies: [
        "LockTable",
        .product(
          name: "Tracing", package: "swift-distributed-tracing",
          condition: .when(traits: ["Tracing"])),
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "LockTableTracingTests",
      dependencies: [
        "LockTableTracing",
        .product(
          name: "InMemoryTracing", package: "swift-distributed-tracing",
          condition: .when(traits: ["Tracing"])),
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "LockTableSettings",
      dependencies: [
        "LockTable",
        .product(
          name: "Configuration", package: "swift-configuration",
          condition: .when(traits: ["Configuration"])),
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "LockTableSettingsTests",
      dependencies: ["LockTableSettings"],
      swiftSettings: swiftSettings),
    .target(name: "CFileLocks", path: "CShim/FileLocks"),
    .target(
      name: "LockTableLeases",
      dependencies: [
        "LockTable", "CFileLocks",
        .product(
          name: "ServiceLifecycle", package: "swift-service-lifecycle",
          condition: .when(traits: ["ServiceLifecycle"])),
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "LockTableLeasesTesting", dependencies: ["LockTable", "LockTableLeases"],
      swiftSettings: swiftSettings),
    // Real processes for the tests of leases, and what the tests need to direct them.
    .target(
      name: "LeaseProcessKit", dependencies: ["LockTable", "LockTableLeasesTesting"],
      path: "Tests/LeaseProcessKit",
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "LeaseProcesses",
      dependencies: [
        "LockTable", "LockTableLeases", "LeaseProcessKit",
        .target(name: "LockTablePostgres", condition: .when(traits: ["Postgres"])),
      ],
      path: "Tests/LeaseProcesses",
      swiftSettings: swiftSettings),
    .testTarget(
      name: "LockTableLeasesTests",
      dependencies: [
        "LockTable", "LockTableLeases", "LockTableLeasesTesting", "LockTableTesting", "CFileLocks",
        "LeaseProcesses", "LeaseProcessKit",
      ],
      swiftSettings: swiftSettings),
    // No pkgConfig here either: a client without libpq would get a warning.
    .systemLibrary(
      name: "CPostgreSQL",
      path: "CShim/PostgreSQL",
      providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
    .target(
      name: "LockTablePostgres",
      dependencies: [
        "LockTable", "LockTableLeases",
        .target(name: "CPostgreSQL", condition: .when(traits: ["Postgres"])),
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "LockTablePostgresTests",
      dependencies: [
        "LockTable", "LockTableLeases", "LockTablePostgres", "LockTableLeasesTesting",
        "LockTableTesting", "LeaseProcesses", "LeaseProcessKit",
        .target(name: "CPostgreSQL", condition: .when(traits: ["Postgres"])),
      ],
      swiftSettings: swiftSettings),
    // The core's own tests are C; main.c runs them without Swift, and in a process of their own.
    .target(
      name: "CoreScenarios",
      dependencies: ["CLockTable"],
      path: "Tests/CoreScenarios",
      exclude: ["main.c"],
      cSettings: parking),
    .executableTarget(
      name: "CoreScenarioRunner",
      dependencies: ["CLockTable", "CoreScenarios"],
      path: "Tests/CoreScenarios",
      sources: ["main.c"]),
    .testTarget(
      name: "CoreTests",
      dependencies: ["CoreScenarios", "CoreScenarioRunner", "LeaseProcessKit"],
      swiftSettings: swiftSettings),
  ],
  cLanguageStandard: .gnu11
)
