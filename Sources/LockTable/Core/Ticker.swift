internal import CLockTable

/// A thread that calls a function once each period, until it is stopped.
final class Ticker: Sendable {
  // Sound to share: the core lets any thread change the period, and only deinit stops the thread.
  private nonisolated(unsafe) let pointer: OpaquePointer

  /// Starts the thread. Returns nil if the system refuses the thread or its memory.
  init?(period: Duration, tick: @escaping @Sendable () -> Void) {
    let context = Unmanaged.passRetained(Tick(body: tick))
    let ticker = lt_ticker_start(
      period.asPeriod,
      { context in
        // Sound: the context is the tick, which is released only at the end.
        guard let context else { return }
        Unmanaged<Tick>.fromOpaque(context).takeUnretainedValue().body()
      },
      { context in
        guard let context else { return }
        Unmanaged<Tick>.fromOpaque(context).release()
      }, context.toOpaque())
    guard let ticker else {
      // Sound: the core calls neither function of a ticker that it did not start.
      context.release()
      return nil
    }
    pointer = ticker
  }

  func setPeriod(_ period: Duration) {
    lt_ticker_set_period(pointer, period.asPeriod)
  }

  /// The last tick may still be in progress when this returns. A tick may stop the thread
  /// itself.
  deinit {
    lt_ticker_stop(pointer)
  }

  private final class Tick: Sendable {
    let body: @Sendable () -> Void

    init(body: @escaping @Sendable () -> Void) {
      self.body = body
    }
  }
}

extension Duration {
  fileprivate var asPeriod: UInt64 {
    guard self < .seconds(1 << 33) else { return LT_FOREVER }
    return max(self, .milliseconds(1)).nanosecondsRoundedUp
  }
}
