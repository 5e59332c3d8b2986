import ArgumentParser

struct ScaleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scale",
    abstract: "How cost grows: with threads, stripes, live keys, and the length of keys.",
    discussion: """
      threads: 1, 2, 4 … up to the cores and four times as many, on 100 000 keys drawn uniformly. \
      stripes: of a LockTable, under as many threads as there are cores. live-keys: a key goes in and out \
      while so many others are held; 10 000 000 of them take about 5 GB. key-length: bytes of a string key.
      """)

  @Option(
    parsing: .upToNextOption, help: "What is varied. (default: all of them, one after the other)")
  var dimension: [ScaleRecord.Dimension] = []

  @Option(
    parsing: .upToNextOption,
    help: "The values that it takes; with one dimension only. (default: as told above)")
  var values: [Int] = []

  @Option(help: "How long each point takes in a round.")
  var seconds = 0.04

  @Option(help: "How often each point is measured.")
  var rounds = 5

  @OptionGroup var output: OutputOptions

  func validate() throws {
    try EffortLimit.validate(seconds: seconds, rounds: rounds)
    guard !values.isEmpty else { return }
    guard dimension.count == 1, let dimension = dimension.first else {
      throw ValidationError("'--values' needs one '--dimension' that takes them.")
    }
    let limits = dimension.limits
    guard values.allSatisfy(limits.contains) else {
      throw ValidationError(
        "'--values' of \(dimension.rawValue) have to be from \(limits.lowerBound) to "
          + "\(limits.upperBound).")
    }
    guard dimension != .stripes || values.allSatisfy({ $0 & ($0 - 1) == 0 }) else {
      throw ValidationError("'--values' of stripes have to be powers of two.")
    }
  }

  func run() throws {
    try output.run(
      ScaleExperiment(
        dimensions: dimension.isEmpty ? ScaleRecord.Dimension.allCases : dimension,
        values: values.isEmpty ? nil : values, effort: Effort(seconds: seconds, rounds: rounds)))
  }
}

extension ScaleRecord.Dimension: ExpressibleByArgument {}
