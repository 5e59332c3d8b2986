import SinglePaths

/// What tables quote themselves in, measured in an instant before they are. In nanoseconds.
struct QuickFloor: Codable, Sendable {
  /// An atomic read-modify-write and a plain store: the least that a lock can do.
  var rmwPair: Double
  /// A mutex of the C library, locked and unlocked.
  var pthreadPair: Double
  /// Until a thread that sleeps on another core has been woken and runs: the least that it takes to
  /// hand something to a thread that waits. Nil where there are no futexes.
  var handOff: Double?

  var words: String {
    let time = ValueFormat.nanoseconds
    let sleeping = handOff.map { "; waking a thread on another core \(time.text($0))" } ?? ""
    return "an atomic read-modify-write and a store \(time.text(rmwPair)) (× RMW); "
      + "a pthread_mutex pair \(time.text(pthreadPair))\(sleeping)"
  }

  static func measured() -> Self {
    // The fastest: an interruption only makes a loop slower. A hand-off is an interruption itself.
    Self(
      rmwPair: fastest(.rmwPair), pthreadPair: fastest(.mutexPair),
      handOff: HandOff.canSleep
        ? median((0..<5).map { _ in HandOff.sleeping(roundTrips: 100) }) : nil)
  }

  private static func fastest(_ loop: Loop) -> Double {
    (0..<5).map { _ in time(loop, 100_000) }.reduce(.infinity, min)
  }
}
