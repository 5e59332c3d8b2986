// swift-tools-version: 6.2

import PackageDescription

// The benchmark's dependencies stay out of the library's manifest, and so out of its users' builds.
let package = Package(
  name: "lock-table-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    // Named, as a path's last component would otherwise be the name.
    .package(name: "lock-table", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
  ],
  targets: [
    .target(name: "CHeapUse"),
    .target(name: "CMachine"),
    .executableTarget(
      name: "lock-table-bench",
      dependencies: [
        "CHeapUse",
        "CMachine",
        .product(name: "LockTable", package: "lock-table"),
        .product(name: "LockTableFoundation", package: "lock-table"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Histogram", package: "hdrhistogram-swift"),
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
      ],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ]),
    .testTarget(
      name: "MeasuringTests",
      dependencies: [
        "lock-table-bench",
        .product(name: "Histogram", package: "hdrhistogram-swift"),
      ]),
  ]
)
