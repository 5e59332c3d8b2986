import CMachine
import Foundation

// The directory store beside the system calls that it needs.

extension LeasesExperiment {
  func directoryRows() throws -> [any Record] {
    try withNeighbours { directories in
      let place = LeasePlace.directory(directories[0])
      let (store, table) = (try RunningStore(place), try RunningTable(place))
      // The loops of C have a directory of their own: nobody hears of what they do.
      let other = directories[1]
      try throwing { try await table.check() }
      let rows = [
        LeaseRow(
          "the bare system calls",
          inC: { count, times in
            expect(file_lease_loop(other, Int32(count), times))
          }),
        LeaseRow(
          "an flock pair on an open file",
          inC: { count, times in
            expect(file_flock_loop(other, Int32(count), times))
          }),
        .store("DirectoryLeaseStore", store),
        .table("LeaseTable.withLease", table),
      ]
      let times = LeaseTimes(rows, rounds: rounds, count: 200, .fastestLoop)
      blocking {
        await store.stop()
        await table.stop()
      }
      return times.records(place, bare: 0, lock: 1) + [
        times.target(place, 2, over: 0, atMost: 1.3), times.target(place, 3, over: 0, atMost: nil),
      ]
    }
  }

  /// Calls `body` with two directories that the file system has put next to each other. What a new file
  /// costs on ext4 depends on how many were deleted a moment ago in the same group of inodes: it can be
  /// three times as much in one directory as in another.
  private func withNeighbours<Result>(_ body: (_ paths: [String]) throws -> Result) throws -> Result
  {
    try withDirectories(24) { paths in
      let places = try paths.map { path in
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (path, number: attributes[.systemFileNumber] as? Int ?? 0)
      }.sorted { $0.number < $1.number }
      let pairs = zip(places, places.dropFirst())
      guard let nearest = pairs.min(by: { $0.1.number - $0.0.number < $1.1.number - $1.0.number })
      else { return try body(paths) }
      return try body([nearest.0.0, nearest.1.0])
    }
  }

  /// Calls `body` with the paths of so many directories, which are deleted after that.
  func withDirectories<Result>(
    _ count: Int, _ body: (_ paths: [String]) throws -> Result
  ) throws -> Result {
    let base = directory ?? NSTemporaryDirectory()
    let paths = (0..<count).map { _ in "\(base)/lock-table-bench-\(UUID().uuidString)" }
    defer { for path in paths { try? FileManager.default.removeItem(atPath: path) } }
    for path in paths {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }
    return try body(paths)
  }
}

private func expect(_ error: Int32) {
  guard error == 0 else {
    fatalError("the bare system calls failed: \(String(cString: strerror(error)))")
  }
}
