import LockTableLeases

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// One process of a test of the directory store.
///
///     LeaseProcesses hold DIRECTORY KEY
///     LeaseProcesses hammer DIRECTORY WITNESS PREFIX KEYS ROUNDS SEED
///
/// `hold` says what happens to it, and lets go when it reads a line. `hammer` takes and leaves keys
/// that begin with the prefix, by two tasks; it ends with 1 if the witness has seen a mistake.
@main
struct LeaseProcesses {
  static func main() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    switch (arguments.first, arguments.count) {
    case ("hold", 3):
      try await hold(arguments[2], key: arguments[3])
    case ("hammer", 7):
      let numbers = arguments.suffix(3).compactMap { UInt64($0) }
      let work = Work(
        witness: arguments[3], prefix: arguments[4], keyCount: Int(numbers[0]),
        rounds: Int(numbers[1]), seed: numbers[2])
      let mistakeCount = try await hammer(arguments[2], work)
      exit(mistakeCount == 0 ? 0 : 1)
    default:
      say("unknown arguments: \(arguments)")
      exit(2)
    }
  }

  private static func hold(_ path: String, key: String) async throws {
    try await withContender(path) { contender in
      let claim = contender.claim(key)
      let token = try await contender.acquire(claim) { say("waiting") }
      say("granted \(token)")
      _ = readLine()
      let release = try await contender.store.release(claim)
      say("released \(release.wasHeld)")
    }
  }

  private static func hammer(_ path: String, _ work: Work) async throws -> Int {
    try await withContender(path) { contender in
      try await withThrowingTaskGroup(of: Int.self) { group in
        for task in 0..<2 {
          group.addTask {
            var random = Random(state: work.seed &* 2 &+ UInt64(task) &+ 1)
            var witness = Witness(work.witness, keyCount: work.keyCount)
            let parent = getppid()
            for _ in 0..<work.rounds where getppid() == parent {
              let key = Int(random.next() % UInt64(work.keyCount))
              try await turn(contender, key, work.prefix, &witness, random.next())
            }
            return witness.mistakeCount
          }
        }
        return try await group.reduce(0, +)
      }
    }
  }

  private static func turn(
    _ contender: Contender, _ key: Int, _ prefix: String, _ witness: inout Witness,
    _ choice: UInt64
  ) async throws {
    let claim = contender.claim("\(prefix)\(key)")
    if choice.isMultiple(of: 8) {
      // A waiter that leaves.
      if case .held = try await contender.store.acquire(claim, for: .seconds(15), waits: true) {
        _ = try await contender.store.release(claim)
        return
      }
    }
    let token = try await contender.acquire(claim) {}
    witness.enter(key, token: token)
    if choice.isMultiple(of: 4) { await Task.yield() }
    witness.leave(key)
    let release = try await contender.store.release(claim)
    if !release.wasHeld { witness.add("a hold of \(claim.name) was lost") }
  }
}

private struct Work {
  let witness: String
  let prefix: String
  let keyCount: Int
  let rounds: Int
  let seed: UInt64
}

/// A generator whose numbers a seed repeats.
private struct Random {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }
}
