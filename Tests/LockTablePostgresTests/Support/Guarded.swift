import Synchronization

/// A value behind a mutex, for closures that share it.
final class Guarded<Value: Sendable>: Sendable {
  private let mutex: Mutex<Value>

  init(_ value: Value) { mutex = Mutex(value) }

  func withLock<Result>(_ body: (inout Value) -> sending Result) -> Result {
    mutex.withLock { value in body(&value) }
  }
}

struct Hung: Error {}

/// Waits for a condition. Fails only if it does not come in a time that is long for any machine.
func until(
  _ condition: @Sendable () async throws -> Bool, isolation: isolated (any Actor)? = #isolation
) async throws {
  let deadline = ContinuousClock.now + .seconds(600)
  while try await !condition() {
    guard .now < deadline else { throw Hung() }
    try await Task.sleep(for: .milliseconds(2))
  }
}
