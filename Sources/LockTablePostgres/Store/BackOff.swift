#if Postgres
  /// Pauses between attempts to connect: they double, and differ from process to process.
  struct BackOff {
    private let longest: Duration
    private var failures = 0

    init(longest: Duration) {
      self.longest = min(longest, .seconds(2))
    }

    /// A session that lasted is no failure.
    mutating func note(_ lasted: Duration) {
      if lasted > .seconds(1) { failures = 0 }
    }

    mutating func next() -> Duration {
      let pause = min(.milliseconds(10) * (1 << min(failures, 10)), longest)
      failures += 1
      return pause * Double.random(in: 0.5...1)
    }
  }
#endif
