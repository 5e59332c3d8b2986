import Foundation

// Two processes that want one key.

extension LeasesExperiment {
  func processes(_ place: LeasePlace, in session: Session) throws -> [any Record] {
    guard let program = Child.ownExecutable else {
      throw NotMeasured(reason: "the program does not find itself")
    }
    return try withDirectories(1) { directories in
      let witness = try Witness(path: directories[0] + "/witness")
      let pairs = try [false, true].map { withoutFront in
        try LeasePair(
          program,
          LeaseChild.arguments(
            place, witness: directories[0] + "/witness", work, withoutFront: withoutFront), witness)
      }
      defer { for pair in pairs { pair.end() } }
      // One at a time: the others have no tasks that want anything.
      try interleave(rounds: max(rounds / 3, 1), pairs.count) { try pairs[$1].measure() }
      session.count(lockTableViolations: pairs.reduce(0) { $0 + $1.violations })
      let rates = pairs.map { pair in pair.rounds.map { $0.rate(seconds: work.seconds) } }
      return records(place, pairs, rates)
        + targets(place, pairs[0], Ratio(rates[0], over: rates[1]))
    }
  }

  private func records(
    _ place: LeasePlace, _ pairs: [LeasePair], _ rates: [[Double]]
  ) -> [LeaseProcessesRecord] {
    zip(["a table in front", "a table for each task"], pairs.indices).compactMap { name, index in
      guard let rate = Spread(rates[index]),
        let evenness = Spread(pairs[index].rounds.map(\.evenness))
      else { return nil }
      return LeaseProcessesRecord(
        place: place.name, name: name, rate: rate, evenness: evenness,
        handOffs: pairs[index].handOffs, violations: pairs[index].violations,
        front: Ratio(rates[index], over: rates[1]))
    }
  }

  private func targets(_ place: LeasePlace, _ pair: LeasePair, _ gain: Ratio?) -> [TargetRecord] {
    let (share, least) = if case .postgres = place { (0.9, 5.0) } else { (0.8, 1.0) }
    return [
      TargetRecord(
        "\(place.name): two processes", "acquisitions of one ÷ those of the other",
        Ratio(pair.rounds.map(\.least), over: pair.rounds.map(\.most)), .atLeast(share)),
      TargetRecord(
        "\(place.name): two processes", "acquisitions ÷ those without a table in front", gain,
        .atLeast(least)),
    ]
  }

  var work: LeaseWork { LeaseWork(seconds: seconds) }
}

/// Two processes of one kind, and what they did.
final class LeasePair {
  struct Round {
    var parts: [LeaseChild.Round]

    var least: Double { Double(parts.map(\.acquisitions).min() ?? 0) }
    var most: Double { Double(parts.map(\.acquisitions).max() ?? 0) }
    var evenness: Double { least / max(most, 1) }

    func rate(seconds: Double) -> Double {
      Double(parts.reduce(0) { $0 + $1.acquisitions }) / seconds
    }
  }

  private let children: [Child]
  private let witness: Witness
  private(set) var rounds: [Round] = []
  private(set) var violations = 0

  init(_ program: URL, _ arguments: [String], _ witness: Witness) throws {
    self.witness = witness
    children = try (0..<2).map { _ in try Child(program, arguments) }
  }

  /// Both begin at the same time, and end at the same time.
  func measure() throws {
    let before = witness.count
    let answers = children.map { child in
      // Sound to share: one thread uses a child.
      nonisolated(unsafe) let child = child
      return Running.thread { child.ask() }
    }.map { $0.join() }
    let round = Round(parts: try answers.map { try LeaseChild.Round(answer: $0) })
    violations += round.parts.reduce(0) { $0 + $1.entries } - (witness.count - before)
    rounds.append(round)
  }

  func end() { for child in children { child.end() } }

  /// The part of all acquisitions that was handed over within a process.
  var handOffs: Double {
    let parts = rounds.flatMap(\.parts)
    let all = parts.reduce(0) { $0 + $1.entries }
    return Double(parts.reduce(0) { $0 + $1.handOffs }) / Double(max(all, 1))
  }
}
