#if Postgres
  import LockTableLeases
  import LockTablePostgres
  import Testing

  /// The resource's side: it takes no write with a smaller token than it has seen. And the witness:
  /// it knows who believed to have a key.
  final class FencedResource: Sendable {
    struct Key: Sendable {
      var largest: Int64 = 0
      var believers = 0
    }

    struct State: Sendable {
      var keys: [LeaseName: Key] = [:]
      var tokens: Set<Int64> = []
      var overlaps = 0
      var refused = 0
      var violations: [String] = []
    }

    let state = Guarded(State())

    func begin(_ name: LeaseName, _ token: Int64) -> Bool {
      state.withLock { state in
        var key = state.keys[name] ?? Key()
        if !state.tokens.insert(token).inserted {
          state.violations.append("\(name) was granted \(token) twice")
        }
        if key.believers > 0 { state.overlaps += 1 }
        key.believers += 1
        state.keys[name] = key
        return Self.write(&state, name, token)
      }
    }

    func write(_ name: LeaseName, _ token: Int64) -> Bool {
      state.withLock { Self.write(&$0, name, token) }
    }

    /// - Parameter wasHeld: What the store says about the hold. Then no write of it may have been
    ///   refused: nobody else had the key meanwhile.
    func end(_ name: LeaseName, _ token: Int64, wasHeld: Bool, wasRefused: Bool) {
      state.withLock { state in
        state.keys[name]?.believers -= 1
        if wasHeld, wasRefused {
          state.violations.append("\(name) was held with \(token), and a write was refused")
        }
      }
    }

    private static func write(_ state: inout State, _ name: LeaseName, _ token: Int64) -> Bool {
      let largest = state.keys[name]?.largest ?? 0
      guard token >= largest else {
        state.refused += 1
        return false
      }
      state.keys[name]?.largest = token
      return true
    }
  }
#endif
