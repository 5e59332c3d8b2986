internal import CLockTable

/// A thread that does something every so often, until it is stopped.
final class Watch: Sendable {
  // Sound to share: the core lets any thread change the period, and stop() is called once, by deinit.
  private nonisolated(unsafe) let pointer: OpaquePointer

  /// Starts it. Nil if the system has no thread to give.
  init?(period: Duration, tick: @escaping @Sendable () -> Void) {
    let context = Unmanaged.passRetained(Tick(body: tick))
    let watch = lt_watch_start(
      period.asPeriod,
      { context in
        // Sound: the context is the tick that is released in the end.
        guard let context else { return }
        Unmanaged<Tick>.fromOpaque(context).takeUnretainedValue().body()
      },
      { context in
        guard let context else { return }
        Unmanaged<Tick>.fromOpaque(context).release()
      }, context.toOpaque())
    guard let watch else {
      // Sound: the core calls neither function of a watch that it did not start.
      context.release()
      return nil
    }
    pointer = watch
  }

  func setPeriod(_ period: Duration) {
    lt_watch_set_period(pointer, period.asPeriod)
  }

  /// The last tick may still be in progress when it is gone. May be the last act of a tick.
  deinit {
    lt_watch_stop(pointer)
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
