import LockTableLeasesTesting

/// The choices of one run: which of so many things happens next, again and again.
struct Schedule: Sendable {
  struct Choice: Sendable {
    let taken: Int
    let count: Int
  }

  /// The first choices. What comes after them is zero, or random.
  private let script: [Int]
  private var numbers: SeededNumbers?
  private(set) var choices: [Choice] = []

  /// The choices that are given, and then the first thing of each.
  init(_ script: [Int] = []) {
    self.script = script
  }

  init(seed: UInt64) {
    script = []
    numbers = SeededNumbers(seed: seed)
  }

  /// - Parameter weights: How often each thing is chosen by chance.
  mutating func choose(_ weights: [Int]) -> Int {
    var taken = 0
    if choices.count < script.count {
      taken = min(script[choices.count], weights.count - 1)
    } else if numbers != nil {
      var rest = numbers?.below(max(1, weights.reduce(0, +))) ?? 0
      while rest >= weights[taken] && taken + 1 < weights.count {
        rest -= weights[taken]
        taken += 1
      }
    }
    choices.append(Choice(taken: taken, count: weights.count))
    return taken
  }

  /// The schedules that are like this one up to some choice after its script, and there take another
  /// thing.
  var deviations: [[Int]] {
    let taken = choices.map(\.taken)
    return (script.count..<max(script.count, choices.count)).flatMap { index in
      (0..<choices[index].count).filter { $0 != taken[index] }.map { taken[..<index] + [$0] }
    }
  }

  /// What makes it again, without zeros at the end.
  var asScript: [Int] {
    var taken = choices.map(\.taken)
    while taken.last == 0 {
      taken.removeLast()
    }
    return taken
  }
}
