// swift-tools-version: 6.2

import PackageDescription

let strictness: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let server: [Target.Dependency] = [
  ("Hummingbird", "hummingbird"), ("Logging", "swift-log"), ("NIOCore", "swift-nio"),
  ("NIOHTTP1", "swift-nio"), ("NIOPosix", "swift-nio"),
].map { .product(name: $0, package: $1, condition: .when(traits: ["Server"])) }

let abseil = ["absl_raw_hash_set", "absl_hash", "absl_city", "absl_low_level_hash"]

// The benchmark's dependencies stay out of the library's manifest, and so out of its users' builds.
let package = Package(
  name: "lock-table-benchmarks",
  platforms: [.macOS(.v15)],
  products: [
    // For the package in Continuous.
    .library(name: "SinglePaths", targets: ["SinglePaths"])
  ],
  traits: [
    .trait(
      name: "Native",
      description:
        "All C++ contenders. Needs libabsl-dev, libtbb-dev and librocksdb-dev.",
      enabledTraits: ["Abseil", "TBB", "RocksDB"]),
    .trait(
      name: "Abseil", description: "Of the C++ contenders, those that need libabsl-dev only."),
    .trait(name: "TBB", description: "Of the C++ contenders, those that need libtbb-dev only."),
    .trait(
      name: "RocksDB", description: "Of the C++ contenders, those that need librocksdb-dev only."),
    .trait(name: "Server", description: "The web server of 'server'. Fetches Hummingbird."),
    .trait(name: "Postgres", description: "The rows of 'leases' on PostgreSQL. Needs libpq-dev."),
    .default(enabledTraits: []),
  ],
  dependencies: [
    // Named, as a path's last component would otherwise be the name.
    .package(
      name: "lock-table", path: "..",
      traits: [.trait(name: "Postgres", condition: .when(traits: ["Postgres"]))]),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    // Fetched with the trait Server only: no target depends on them without.
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/apple/swift-log", from: "1.8.0"),
  ],
  targets: [
    .target(
      name: "CMachine",
      cSettings: [.define("MACHINE_HAS_LIBPQ", .when(traits: ["Postgres"]))],
      linkerSettings: [.linkedLibrary("pq", .when(traits: ["Postgres"]))]),
    // Empty without the traits, so that a clone builds on a machine without the libraries.
    .target(
      name: "CNativeLocks",
      cxxSettings: [
        .define("NATIVE_POOL", .when(traits: ["Abseil", "TBB", "RocksDB"])),
        .define("NATIVE_ABSEIL", .when(traits: ["Abseil"])),
        .define("NATIVE_TBB", .when(traits: ["TBB"])),
        .define("NATIVE_ROCKSDB", .when(traits: ["RocksDB"])),
      ],
      linkerSettings: abseil.map { .linkedLibrary($0, .when(traits: ["Abseil"])) } + [
        .linkedLibrary("tbb", .when(traits: ["TBB"])),
        .linkedLibrary("rocksdb", .when(traits: ["RocksDB"])),
      ]),
    .target(
      name: "SinglePaths",
      dependencies: [.product(name: "LockTable", package: "lock-table")],
      swiftSettings: strictness),
    .executableTarget(
      name: "lock-table-bench",
      dependencies: [
        "CMachine",
        "SinglePaths",
        .target(name: "CNativeLocks", condition: .when(traits: ["Abseil", "TBB", "RocksDB"])),
        .product(name: "LockTable", package: "lock-table"),
        .product(name: "LockTableFoundation", package: "lock-table"),
        .product(name: "LockTableLeases", package: "lock-table"),
        .product(
          name: "LockTablePostgres", package: "lock-table", condition: .when(traits: ["Postgres"])),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Histogram", package: "hdrhistogram-swift"),
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
      ] + server,
      swiftSettings: strictness),
    .testTarget(
      name: "LockTableBenchTests",
      dependencies: [
        "lock-table-bench",
        .product(name: "Histogram", package: "hdrhistogram-swift"),
      ] + server),
  ],
  cxxLanguageStandard: .cxx17
)
