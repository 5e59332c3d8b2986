import LeaseProcessKit
import LockTableLeases

#if Postgres
  import LockTablePostgres
#endif
#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// One process of a test of leases.
///
///     LeaseProcesses hold DIRECTORY KEY
///     LeaseProcesses hammer DIRECTORY WITNESS PREFIX KEYS ROUNDS SEED
///
///     LeaseProcesses try DIRECTORY COUNT [nobody | files=N]
///
///     LeaseProcesses work directory DIRECTORY WITNESS RECORDS MILLISECONDS
///     LeaseProcesses work postgres CONNECTION SCHEMA RECORDS MILLISECONDS
///
/// `hold` says what happens to it, and lets go when it reads a line. `hammer` takes and leaves keys
/// that begin with the prefix, by two tasks; it says "begun" after the first turn, and ends with 1 if
/// the witness has seen a mistake.
/// `try` takes so many keys, without rights or with so many descriptors, and says which error ends
/// that. `work` has a table of leases of that duration, and does what it is told line by line: see
/// `Worker`.
@main
struct LeaseProcesses {
  static func main() async throws {
    // Some of them are at work until they are killed. The tests that kill them come first.
    _ = nice(15)
    let arguments = CommandLine.arguments.dropFirst()
    switch (arguments.first, arguments.count) {
    case ("hold", 3):
      try await hold(arguments[2], key: arguments[3])
    case ("try", 3...4):
      try restrict(arguments.count == 4 ? arguments[4] : "")
      try await tryAll(arguments[2], count: Int(arguments[3]) ?? 0)
    case ("hammer", 7):
      let numbers = arguments.suffix(3).compactMap { UInt64($0) }
      let work = Work(
        witness: arguments[3], prefix: arguments[4], keyCount: Int(numbers[0]),
        rounds: Int(numbers[1]), seed: numbers[2])
      let mistakeCount = try await hammer(arguments[2], work)
      exit(mistakeCount == 0 ? 0 : 1)
    case ("work", 6):
      try await work(arguments[2], arguments[3], arguments[4], arguments[5], arguments[6]).run()
    default:
      say("unknown arguments: \(arguments)")
      exit(2)
    }
  }

  private static func work(
    _ kind: String, _ place: String, _ resource: String, _ records: String, _ duration: String
  ) -> Worker {
    let duration = Duration.milliseconds(Int64(duration) ?? 15_000)
    let records = LeaseRecordFile(records)
    #if Postgres
      if kind == "postgres" {
        var configuration = PostgresLeaseStore.Configuration()
        configuration.schema = resource
        configuration.leaseDuration = duration
        let schema = resource.split(separator: "\"", omittingEmptySubsequences: false)
          .joined(separator: "\"\"")
        return Worker(
          PostgresLeaseStore(place, configuration: configuration),
          TableResource(place, table: "\"\(schema)\".resource"), records, duration: duration)
      }
    #endif
    return Worker(
      DirectoryLeaseStore(path: place), FileResource(resource), records, duration: duration)
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

  private static func restrict(_ restriction: String) throws {
    if restriction == "nobody", geteuid() == 0 {
      _ = setgid(65534)
      _ = setuid(65534)
    }
    if restriction.hasPrefix("files="), let count = UInt64(restriction.dropFirst(6)) {
      var limit = rlimit(rlim_cur: rlim_t(count), rlim_max: rlim_t(count))
      #if canImport(Glibc)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      #else
        setrlimit(RLIMIT_NOFILE, &limit)
      #endif
    }
  }

  private static func tryAll(_ path: String, count: Int) async throws {
    let contender = Contender(path)
    var claims: [LeaseClaim] = []
    do throws(LeaseStoreError) {
      for key in 0..<count {
        let claim = contender.claim("\(key)")
        _ = try await contender.store.acquire(claim, for: .seconds(15), waits: true)
        claims.append(claim)
      }
      say("no error")
    } catch {
      say("\(error.kind): \(error)")
    }
    // What it holds stays good, and can be released.
    for claim in claims {
      if try await !contender.store.release(claim).wasHeld { say("lost \(claim)") }
    }
    guard let claim = claims.first else { return }
    if case .granted = try await contender.store.acquire(claim, for: .seconds(15), waits: true) {
      say("granted again")
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
            for round in 0..<work.rounds where getppid() == parent {
              let key = Int(random.next() % UInt64(work.keyCount))
              try await turn(contender, key, work.prefix, &witness, random.next())
              if task == 0, round == 0 { say("begun") }
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
