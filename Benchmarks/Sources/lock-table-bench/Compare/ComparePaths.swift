import SinglePaths

private let pathRounds = 15
private let pathOperations = 50_000

/// Measures them in tasks on the pool. Not to be called from one.
func measurePaths(
  _ floor: QuickFloor
) -> (paths: [PathRecord], allocation: AllocationRecord) {
  let (ints, handOffs) = (SinglePath.ints(), HandOffs())
  let paths = ints + SinglePath.strings() + handOffs.paths
  let times = LoopTimes(
    paths.flatMap { [$0.loop, $0.yardstick] }, rounds: pathRounds, turns: 1, count: pathOperations,
    onPool: true)
  let loopsInTask = ints.map(\.loop).filter(\.suspends)
  let bytes = blocking {
    var bytes: [Int?] = []
    for _ in 0..<pathRounds { bytes.append(try await growth(loopsInTask)) }
    return bytes.compactMap(\.self).max()
  }
  let allocation = AllocationRecord(
    operations: pathOperations * loopsInTask.count, bytes: bytes, contended: handOffs.contended)
  let records = paths.map { path in
    let (own, yardstick) = (times[path.loop], times[path.yardstick])
    return PathRecord(
      path: path.name, keyType: path.keyType == .int ? .int : .string, nanoseconds: median(own),
      reference: path.yardstick.name, referenceNanoseconds: median(yardstick),
      timesRMWPair: median(own) / floor.rmwPair, ratio: Ratio(own, over: yardstick),
      target: path.bound)
  }
  return (records, allocation)
}

/// The bytes that are allocated after many acquisitions and were not before.
private nonisolated(nonsending) func growth(_ loops: [Loop]) async throws -> Int? {
  guard let before = allocatedBytes() else { return nil }
  for loop in loops { try await loop.run(pathOperations) }
  return allocatedBytes().map { $0 - before }
}
