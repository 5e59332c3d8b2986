import ArgumentParser

/// How the figures are printed: the same for all subcommands.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print one JSON object per line.")
  var json = false

  /// Runs an experiment and prints what it finds.
  func run(_ experiment: some Experiment) throws {
    let printer: any Printer = json ? JSONPrinter() : TextPrinter()
    let session = Session { try printer.print($0) }
    try session.run(experiment)
    guard session.lockTableViolations == 0 else {
      writeToStandardError("LockTable let two hold one key at once.\n")
      throw ExitCode.failure
    }
  }
}

/// How long to measure, for those that take several rounds.
enum EffortLimit {
  static func validate(seconds: Double, rounds: Int) throws {
    try validate(seconds: seconds)
    try validate(rounds: rounds)
  }

  static func validate(seconds: Double) throws {
    guard seconds >= 0.001, seconds <= 3_600 else {
      throw ValidationError("'--seconds' has to be from 0.001 to 3600.")
    }
  }

  static func validate(rounds: Int) throws {
    guard (1...1_000).contains(rounds) else {
      throw ValidationError("'--rounds' has to be from 1 to 1000.")
    }
  }

  static func validate(keys: Int) throws {
    guard (1...10_000_000).contains(keys) else {
      throw ValidationError("'--keys' has to be from 1 to 10000000.")
    }
  }

  static func validate(threads: [Int]) throws {
    guard threads.allSatisfy({ (1...4096).contains($0) }) else {
      throw ValidationError("'--threads' has to be from 1 to 4096.")
    }
  }

  static func validate(hold: [UInt64]) throws {
    guard hold.allSatisfy({ $0 <= 1_000_000_000 }) else {
      throw ValidationError("'--hold' has to be at most 1000000000, a second.")
    }
  }
}
