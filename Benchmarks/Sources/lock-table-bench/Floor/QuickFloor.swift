/// What tables quote themselves in, measured in an instant before they are.
struct QuickFloor: Sendable {
  /// Nanoseconds of an atomic read-modify-write and a plain store: the least that a lock can do.
  var rmwPair: Double
  /// Nanoseconds until a thread that sleeps on another core has been woken and runs: the least that it
  /// takes to hand something to a thread that waits. Nil where there are no futexes.
  var handOff: Double?

  static func measured() -> Self {
    // Of three, the fastest: an interruption only makes it slower.
    let pairs = (0..<3).map { _ in timeRMWPairs(AtomicWord(), 200_000) / 200_000 }
    let handOffs =
      FutexHandOff.isAvailable ? (0..<5).map { _ in FutexHandOff().time(100) } : []
    return Self(
      rmwPair: pairs.min() ?? .nan, handOff: handOffs.isEmpty ? nil : median(handOffs))
  }
}
