#if Metrics
  #if ServiceLifecycle
    internal import ServiceLifecycle
  #endif

  /// How often a reporter publishes, and the run that does.
  struct PublishingPeriod: Sendable {
    private let period: Duration

    /// Traps if the period is not positive.
    init(_ period: Duration, of reporter: StaticString) {
      guard period > .zero else {
        fatalError("\(reporter): the period is \(period); it must be positive")
      }
      // A task traps if it sleeps for much longer.
      self.period = min(period, .seconds(1 << 32))
    }

    /// Publishes at once, then once each period until the task is cancelled or the service group shuts
    /// down gracefully, and then a last time.
    nonisolated(nonsending) func run(_ publish: @escaping @Sendable () -> Void) async {
      #if ServiceLifecycle
        await cancelWhenGracefulShutdown { await publishUntilCancelled(publish) }
      #else
        await publishUntilCancelled(publish)
      #endif
      publish()
    }

    private nonisolated(nonsending) func publishUntilCancelled(
      _ publish: @Sendable () -> Void
    ) async {
      while !Task.isCancelled {
        publish()
        // The sleep throws when the task is cancelled, and the loop ends.
        try? await Task.sleep(for: period, clock: .continuous)
      }
    }
  }
#endif
