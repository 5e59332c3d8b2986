// swift-tools-version: 6.2

import PackageDescription

// A user of the package, to be built with --sanitize=thread.
let package = Package(
  name: "user-races",
  platforms: [.macOS(.v15)],
  dependencies: [
    // Named, as a path's last component would otherwise be the name.
    .package(name: "lock-table", path: "../..")
  ],
  targets: [
    // The core's header is no product; it is included by its path.
    .target(name: "CUser", dependencies: [.product(name: "LockTable", package: "lock-table")]),
    .executableTarget(
      name: "user-races",
      dependencies: ["CUser", .product(name: "LockTable", package: "lock-table")],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ]),
  ],
  cLanguageStandard: .gnu11
)
