// swift-tools-version: 6.2

import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

// A package of its own, so that no other benchmark builds the harness.
let package = Package(
  name: "lock-table-continuous",
  platforms: [.macOS(.v15)],
  dependencies: [
    // Named, as a path's last component would otherwise be the name.
    .package(name: "lock-table-benchmarks", path: ".."),
    // Without its traits, which replace malloc and parts of Swift's runtime.
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: ["SinglePathCosts", "PthreadRatios"].map { name in
    .executableTarget(
      name: name,
      dependencies: [
        .product(name: "SinglePaths", package: "lock-table-benchmarks"),
        .product(name: "Benchmark", package: "benchmark"),
      ],
      path: "Benchmarks/\(name)",
      swiftSettings: settings,
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
  }
)
