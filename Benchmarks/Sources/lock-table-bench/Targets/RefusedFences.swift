import Foundation

// The target that says whether fences pay: where the system refuses membarrier() no hold is fast,
// and no table needs a fence.

extension TargetsExperiment {
  func withoutFences() -> [TargetRecord] {
    [20, 100].map { keys in
      let scenario = Scenario(
        threads: 40, waiters: .tasks, keys: keys, distribution: .uniform, yields: true)
      var rounds = FenceRounds(scenario, seconds: measuring.seconds)
      let (ratio, detail) = rounds.ratio(Child.ownExecutable, patience: patience)
      return TargetRecord(
        scenario.brief, "time ÷ that with membarrier() refused", ratio, .atMost(1.05),
        detail: detail)
    }
  }
}

/// Rounds with membarrier() and without, by turns.
///
/// What is refused to a process is refused for good, so that the two need processes of their own.
/// Where the memory of one lies makes a difference for as long as it lives: each pair of them is
/// soon followed by another.
struct FenceRounds {
  private let scenario: Scenario
  private let seconds: Double
  private(set) var with: [ChildRounds.Round] = []
  private(set) var without: [ChildRounds.Round] = []

  private static var roundsOfPair: Int { 5 }
  private static var leastPairs: Int { 3 }

  init(_ scenario: Scenario, seconds: Double) {
    (self.scenario, self.seconds) = (scenario, seconds)
  }

  /// And how often membarrier() was called, or why there is no ratio.
  mutating func ratio(_ executable: URL?, patience: Double) -> (Ratio?, detail: String) {
    do {
      let ratio = try untilPrecise(atLeast: Self.leastPairs, seconds: patience) {
        try addPair(executable)
        return Ratio(
          with.map(\.nanoseconds), over: without.map(\.nanoseconds),
          refusal: (with + without).contains { $0.violations != 0 } ? .failsWitness : nil)
      }
      return (ratio, words)
    } catch let error as NotMeasured {
      return (nil, error.reason)
    } catch {
      return (nil, error.localizedDescription)
    }
  }

  mutating func addPair(_ executable: URL?) throws {
    guard let executable else { throw NotMeasured(reason: "the program does not find itself") }
    let children = try [false, true].map { withoutMembarrier in
      try Child(
        executable,
        ChildRounds.arguments(
          tasks: scenario.threads, keys: scenario.keys, seconds: seconds,
          withoutMembarrier: withoutMembarrier))
    }
    defer { for child in children { child.end() } }
    // As a warm-up.
    for child in children { _ = try ChildRounds.Round(answer: child.ask()) }
    try interleave(rounds: Self.roundsOfPair, children.count) { _, index in
      let round = try ChildRounds.Round(answer: children[index].ask())
      if index == 0 { with.append(round) } else { without.append(round) }
    }
    guard without.allSatisfy({ $0.fences == 0 }) else {
      throw NotMeasured(reason: "membarrier() was called where it is refused")
    }
  }

  private var words: String {
    let fences = with.reduce(0) { $0 + $1.fences }
    let acquisitions = with.reduce(0) { $0 + $1.acquisitions }
    return "\(counted(fences, "call")) of membarrier() in \(grouped(acquisitions)) acquisitions, "
      + "none where it is refused"
  }
}
