internal import LockTable

/// Those who read a table's events.
final class LeaseEvents: Sendable {
  private struct State {
    var readers: [Int: AsyncStream<LeaseEvent>.Continuation] = [:]
    var lastNumber = 0
    var isSuspended = false
  }

  private let state = Guarded(State())

  deinit {
    for reader in state.withValue({ Array($0.readers.values) }) {
      reader.finish()
    }
  }

  /// A new stream of what happens from now on.
  func stream() -> AsyncStream<LeaseEvent> {
    let (stream, reader) = AsyncStream.makeStream(
      of: LeaseEvent.self, bufferingPolicy: .bufferingNewest(256))
    let number = state.withValue { state in
      state.lastNumber += 1
      state.readers[state.lastNumber] = reader
      return state.lastNumber
    }
    reader.onTermination = { [state] _ in
      _ = state.withValue { $0.readers.removeValue(forKey: number) }
    }
    return stream
  }

  func send(_ event: LeaseEvent) {
    for reader in state.withValue({ Array($0.readers.values) }) {
      reader.yield(event)
    }
  }

  /// Whether the engine could not be reached when it was last tried.
  var isSuspended: Bool { state.withValue { $0.isSuspended } }

  /// Tells once of an outage.
  func suspend(_ error: LeaseStoreError) {
    let wasSuspended = state.withValue { state in
      defer { state.isSuspended = true }
      return state.isSuspended
    }
    if !wasSuspended {
      send(.suspended(error))
    }
  }

  /// Tells once of its end.
  func resume() {
    let wasSuspended = state.withValue { state in
      defer { state.isSuspended = false }
      return state.isSuspended
    }
    if wasSuspended {
      send(.resumed)
    }
  }
}
