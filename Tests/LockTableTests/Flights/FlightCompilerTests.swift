import Testing

@Suite(.watched) struct FlightCompilerTests {
  @Test func whatATaskMayNotName() async throws {
    try await Compiler().check(
      """
      import LockTable

      final class NotSendable {}

      func blocking(_ flights: FlightTable<String, Int>) async throws {
        _ = try flights.value(for: "a") { 1 }  // error: async
        _ = try flights.value(for: "a", timeout: .zero) { 1 }  // error: async
        _ = try flights.value(for: "a", until: .now) { 1 }  // error: async
      }

      func results(_ flights: FlightTable<String, NotSendable>) {}  // error: Sendable
      """, .types)
  }

  @Test func whatCallersMayDo() async throws {
    try await Compiler().check(
      """
      import LockTable

      final class NotSendable { var count = 0 }
      func load(_ key: String) async throws -> Int { key.count }
      func loadSynchronously() throws -> Int { 1 }

      func asTask(_ flights: FlightTable<String, Int>, _ key: String) async throws -> Int {
        _ = try await flights.value(for: key) { try await load(key) }
        _ = try await flights.value(for: key) { 1 }
        _ = try await flights.value(for: key, timeout: .seconds(1)) { try loadSynchronously() }
        _ = try await flights.value(for: key, until: .now, maximumWaiters: 3) { 1 }
        let lent = NotSendable()
        _ = try await flights.value(for: key) { lent.count }
        return try await flights.valueIfInFlight(for: key) ?? 0
      }

      func asThread(_ flights: FlightTable<String, Int>) throws -> Int {
        _ = try flights.value(for: "a", timeout: .seconds(1)) { try loadSynchronously() }
        return try flights.value(for: "a") { 1 }
      }

      @MainActor final class Model {
        let flights = FlightTable<String, Int>()
        var loaded = 0

        func load() async throws { loaded = try await flights.value(for: "a") { await self.next() } }
        func next() async -> Int { loaded + 1 }
      }
      """, .types)
  }
}
