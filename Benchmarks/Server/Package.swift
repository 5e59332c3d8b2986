// swift-tools-version: 6.2

import PackageDescription

// A package of its own, so that no other benchmark builds an HTTP server.
let package = Package(
  name: "lock-table-server",
  platforms: [.macOS(.v15)],
  dependencies: [
    // Named, as a path's last component would otherwise be the name.
    .package(name: "lock-table", path: "../.."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/apple/swift-log", from: "1.8.0"),
    // For what Hummingbird says in its terms: the port that the system chose.
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
  ],
  targets: [
    .executableTarget(
      name: "lock-table-server",
      dependencies: [
        .product(name: "LockTable", package: "lock-table"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ])
  ]
)
