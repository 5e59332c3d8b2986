// swift-tools-version: 6.2

import PackageDescription

// A package that depends on this one. One of its targets imports C++, and uses what the compiler
// inlines into clients: the forms for threads and for tasks.
let package = Package(
  name: "client",
  dependencies: [.package(name: "lock-table", path: "../..")],
  targets: [
    .executableTarget(
      name: "client", dependencies: [.product(name: "LockTable", package: "lock-table")]),
    .executableTarget(
      name: "leases-client",
      dependencies: [.product(name: "LockTableLeases", package: "lock-table")]),
    .executableTarget(
      name: "cxx-client", dependencies: [.product(name: "LockTable", package: "lock-table")],
      swiftSettings: [.interoperabilityMode(.Cxx)]),
  ])
