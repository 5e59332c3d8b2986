import ArgumentParser

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
    let effort = measuring.effort
    for type in keyType {
      let rows = Row.all(Scenario(threads: 1, keyType: type)).filter { $0.measureChurn != nil }
      var results = rows.map { _ in [ChurnResult]() }
      let (_, machine) = session.classified {
        for row in rows {
          session.show("warm-up: \(row.name)")
          _ = row.measureChurn?(threads, effort.warmUpSeconds)
        }
        interleave(rounds: effort.rounds, rows.count) { round, index in
          session.show("round \(round + 1) of \(effort.rounds): \(rows[index].name)")
          if let result = rows[index].measureChurn?(threads, effort.seconds) {
            results[index].append(result)
          }
        }
      }
      let timed = zip(rows, results).map { row, results in
        var observed = Observations(name: row.name, role: row.role)
        observed.nanoseconds = results.map { $0.nanoseconds / Double($0.operations) }
        observed.operations = results.reduce(0) { $0 + $1.operations }
        observed.violations = results.reduce(0) { $0 + $1.violations }
        return observed
      }
      try session.emit(
        rows.indices.compactMap { index in
          let (own, results) = (timed[index], results[index])
          guard let nanoseconds = Spread(own.nanoseconds) else { return nil }
          let allocations = results.compactMap(\.allocations)
          let bytesLeft = results.compactMap { result in
            result.bytesLeft.map { Double($0) / Double(result.operations) }
          }
          return ChurnRecord(
            subject: own.subject, keyType: type, threads: threads, seconds: effort.seconds,
            operations: own.operations, nanosecondsPerOperation: nanoseconds,
            timesRMWPair: nanoseconds.median / session.floor.rmwPair,
            residentBytesBefore: results[0].residentBytesBefore,
            residentBytesAfter: results.compactMap(\.residentBytes).max(),
            residentBytesPeak: results.compactMap(\.residentBytesPeak).max(),
            bytesLeftPerKey: bytesLeft.isEmpty ? nil : median(bytesLeft),
            bytesPerHeldKey: rows[index].measureMemory?()?.perHeldKey, heldKeys: heldKeyCount,
            allocationsPerOperation: allocations.isEmpty
              ? nil : Double(allocations.reduce(0, +)) / Double(own.operations),
            ratioToLockTable: Ratio(own, over: timed.lockTable, machine), machine: machine)
        })
    }
  }
}
