import Foundation

/// Keys that come once and never again.
struct ChurnExperiment: Experiment {
  var keyTypes: [KeyType] = [.int, .string]
  var threads = 2
  var effort = Effort(seconds: 0.25, rounds: 3)

  let name = "churn"

  var summary: String {
    """
    \(threads) thread(s) acquire and release keys that were never seen before, in \(effort.words). The \
    making of the keys is neither timed nor counted. Memory is that of the process in pages ("resident"), \
    which keeps some of what earlier rows gave back, and that of the allocator ("left", "held").
    """
  }

  func run(in session: Session) throws {
    let floor = session.floor
    for type in keyTypes {
      switch type {
      case .int: try run(Int.self, type, session, floor)
      case .string: try run(String.self, type, session, floor)
      case .uuid: try run(UUID.self, type, session, floor)
      }
    }
  }

  private func run<Key: BenchKey>(
    _ type: Key.Type, _ keyType: KeyType, _ session: Session, _ floor: QuickFloor
  ) throws {
    let rows = Row<Key>.all(threads: 1).filter { $0.measureChurn != nil }
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
    let reference = zip(rows, results).first { $0.0.role == .lockTable }?.1
    try session.emit(
      rows.indices.compactMap { index in
        record(
          rows[index], results[index], residents[index], reference, keyType, floor, machine
        ).map(Record.churn)
      })
  }

  private func record<Key: BenchKey>(
    _ row: Row<Key>, _ results: [ChurnResult], _ residents: [Int], _ reference: [ChurnResult]?,
    _ keyType: KeyType, _ floor: QuickFloor, _ machine: MachineClass
  ) -> ChurnRecord? {
    guard let nanoseconds = Spread(results.map(\.perOperation)) else { return nil }
    let sum = results.reduce(into: ChurnResult()) { $0.add($1) }
    let subject = Subject(name: row.name, role: row.role, violations: sum.violations)
    let operations = Double(max(sum.operations, 1))
    let bytesLeft = results.compactMap { result in
      result.bytesLeft.map { Double($0) / Double(max(result.operations, 1)) }
    }
    let held = row.measureMemory?()
    return ChurnRecord(
      subject: subject, keyType: keyType, threads: threads, seconds: effort.seconds,
      operations: sum.operations, nanosecondsPerOperation: nanoseconds,
      timesRMWPair: nanoseconds.median / floor.rmwPair, residentBytesBefore: residents.first,
      residentBytesAfter: results.compactMap(\.residentBytes).max(),
      residentBytesPeak: results.compactMap(\.residentBytesPeak).max(),
      bytesLeftPerKey: bytesLeft.isEmpty ? nil : median(bytesLeft),
      bytesPerHeldKey: held?.perHeldKey, heldKeys: heldKeyCount,
      allocationsPerOperation: sum.allocations.map { Double($0) / operations },
      ratioToLockTable: reference.flatMap {
        Ratio(
          nanoseconds.rounds, over: $0.map(\.perOperation),
          refusal: subject.fails ? .failsWitness : machine.isSteady ? nil : .classesDiffer)
      })
  }
}

extension ChurnResult {
  /// Nanoseconds of a thread.
  fileprivate var perOperation: Double { nanoseconds / Double(max(operations, 1)) }
}
