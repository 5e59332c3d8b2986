import ArgumentParser
import Foundation

struct ChurnExperiment: Experiment {
  static let configuration = CommandConfiguration(
    commandName: "churn",
    abstract: "Keys that are never seen again: time, allocations, and memory.",
    discussion: """
      What a server does whose keys are request or session identifiers. A lock that keeps what it has once \
      made grows without end; that shows in the bytes left for each key. Allocations are counted by a \
      malloc of the program's own, which calls the C library's.
      """)
  static let standardEffort = Effort(seconds: 0.25, rounds: 5)

  @Option(parsing: .upToNextOption, help: "Types of keys.")
  var keyType: [KeyType] = [.int, .string]
  @Option(help: "The number of threads.")
  var threads = 2
  @OptionGroup var measuring: EffortOptions<Self>
  @OptionGroup var output: OutputOptions

  func validate() throws { try require("--threads", [threads], in: Limit.threads) }

  var summary: String {
    """
    \(threads) thread(s) acquire and release keys that were never seen before, in \
    \(measuring.effort.words). The making of the keys is neither timed nor counted. Memory is that of the \
    process in pages ("resident"), which keeps some of what earlier rows gave back, and that of the \
    allocator ("left", "held").
    """
  }

  func run(in session: Session) throws {
    for type in keyType {
      switch type {
      case .int: try run(Int.self, type, session)
      case .string: try run(String.self, type, session)
      case .uuid: try run(UUID.self, type, session)
      }
    }
  }

  private func run<Key: BenchKey>(
    _ type: Key.Type, _ keyType: KeyType, _ session: Session
  ) throws {
    let effort = measuring.effort
    let rows = Row<Key>.all(Scenario(threads: 1)).filter { $0.measureChurn != nil }
    var results = rows.map { _ in [ChurnResult]() }
    var residents = rows.map { _ in [Int]() }
    let (_, machine) = session.classified {
      for row in rows {
        session.show("warm-up: \(row.name)")
        _ = row.measureChurn?(threads, effort.warmUpSeconds)
      }
      interleave(rounds: effort.rounds, rows.count) { round, index in
        session.show("round \(round + 1) of \(effort.rounds): \(rows[index].name)")
        ResidentMemory.giveBack()
        if let resident = ResidentMemory.current { residents[index].append(resident) }
        if let result = rows[index].measureChurn?(threads, effort.seconds) {
          results[index].append(result)
        }
      }
    }
    let sums = results.map { $0.reduce(into: ChurnResult()) { $0.add($1) } }
    let timed = rows.indices.map { index in
      var observed = Observations(name: rows[index].name, role: rows[index].role)
      (observed.violations, observed.operations) = (sums[index].violations, sums[index].operations)
      observed.nanoseconds = results[index].map { $0.nanoseconds / Double(max($0.operations, 1)) }
      return observed
    }
    try session.emit(
      rows.indices.compactMap { index in
        let (own, sum, results) = (timed[index], sums[index], results[index])
        guard let nanoseconds = Spread(own.nanoseconds) else { return nil }
        let bytesLeft = results.compactMap { result in
          result.bytesLeft.map { Double($0) / Double(max(result.operations, 1)) }
        }
        return ChurnRecord(
          subject: own.subject, keyType: keyType, threads: threads, seconds: effort.seconds,
          operations: sum.operations, nanosecondsPerOperation: nanoseconds,
          timesRMWPair: nanoseconds.median / session.floor.rmwPair,
          residentBytesBefore: residents[index].first,
          residentBytesAfter: results.compactMap(\.residentBytes).max(),
          residentBytesPeak: results.compactMap(\.residentBytesPeak).max(),
          bytesLeftPerKey: bytesLeft.isEmpty ? nil : median(bytesLeft),
          bytesPerHeldKey: rows[index].measureMemory?()?.perHeldKey, heldKeys: heldKeyCount,
          allocationsPerOperation: sum.allocations.map {
            Double($0) / Double(max(sum.operations, 1))
          },
          ratioToLockTable: Ratio(own, over: timed.lockTable, machine), machine: machine)
      })
  }
}
