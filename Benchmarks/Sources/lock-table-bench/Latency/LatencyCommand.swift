import ArgumentParser

struct LatencyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latency",
    abstract: "How long acquiring takes, of every acquisition, to p99.99 and the maximum.",
    discussion: """
      In the closed loop each thread acquires again as soon as it has released. In the open loops \
      acquisitions are to begin at given times, '--rate' a second over all threads, and a thread that was kept \
      waiting is late for all that it should have begun meanwhile; that counts. A rate that a row can't keep up \
      with shows as latencies that grow until the end, and as a lower rate in its first column.
      """)

  @Option(
    parsing: .upToNextOption,
    help: "When acquisitions are to begin. (default: closed poisson)")
  var arrivals: [LatencyRecord.Arrivals] = []

  @Option(help: "Acquisitions a second in open loops, of all threads together.")
  var rate = 100_000.0

  @Option(help: "The number of threads, or of tasks.")
  var threads = 2

  @Option(help: "What acquires the keys.")
  var waiters = Waiters.threads

  @Option(help: "The number of keys.")
  var keys = 1_000

  @Option(help: "How keys are drawn.")
  var distribution = Distribution.zipf

  @Option(help: "The type of the keys.")
  var keyType = KeyType.int

  @Option(help: ArgumentHelp("How long a key is held, computing.", valueName: "nanoseconds"))
  var hold: UInt64 = 1_000

  @Option(help: "How long each row runs in a round.")
  var seconds = 0.25

  @Option(help: "How often each row is measured.")
  var rounds = 5

  @OptionGroup var output: OutputOptions

  func validate() throws {
    try EffortLimit.validate(threads: [threads])
    try EffortLimit.validate(seconds: seconds, rounds: rounds)
    try EffortLimit.validate(hold: [hold])
    try EffortLimit.validate(keys: keys)
    guard rate >= 1, rate <= 100_000_000 else {
      throw ValidationError("'--rate' has to be from 1 to 100000000 a second.")
    }
    guard waiters != .mixed || threads > 1 else {
      throw ValidationError("'--waiters mixed' needs at least 2 of them: '--threads 2'.")
    }
  }

  func run() throws {
    try output.run(
      LatencyExperiment(
        scenario: Scenario(
          threads: threads, waiters: waiters, keyType: keyType,
          keys: distribution == .single ? 1 : keys, distribution: distribution,
          holdNanoseconds: hold),
        arrivals: arrivals.isEmpty ? [.closed, .poisson] : arrivals, rate: rate,
        effort: Effort(seconds: seconds, rounds: rounds)))
  }
}

extension LatencyRecord.Arrivals: ExpressibleByArgument {}
