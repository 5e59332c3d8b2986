import ArgumentParser

struct ReplayExperiment: Experiment {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Real keys from a file or a log, in their own order, and the hottest of them.",
    discussion: """
      A line of the file is a key, or with '--column' a part of a line is: of an access log, say, the \
      client's address is '--column 1'. Columns are separated by spaces and tabs unless '--separator' says \
      otherwise. Lines that stand close together are acquired at about the same time. Empty lines are skipped; \
      a line that lacks the column is an error.
      """)
  static let standardEffort = Effort(seconds: 0.2, rounds: 5)

  @Argument(help: "The file.", completion: .file())
  var file: String
  @Option(help: "The column that is the key, counted from 1. (default: the whole line)")
  var column: Int?
  @Option(help: "A character, or 'tab'. (default: any number of spaces and tabs)")
  var separator: String?
  @Option(help: "The number of threads that the lines are dealt to.")
  var threads = 4
  @Option(help: ArgumentHelp("How long a key is held, computing.", valueName: "nanoseconds"))
  var hold: UInt64 = 1_000
  @Option(help: "How many of the hottest keys are shown.")
  var top = 10
  @OptionGroup var measuring: EffortOptions<Self>
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try require("--threads", [threads], in: Limit.threads)
    try require("--hold", [hold], in: Limit.hold)
    try require("--top", [top], in: 0...1_000)
    guard column ?? 1 >= 1 else { throw ValidationError("'--column' counts from 1.") }
    guard separator == nil || column != nil else {
      throw ValidationError("'--separator' needs '--column'.")
    }
    guard separator == nil || separator == "tab" || separator?.count == 1 else {
      throw ValidationError("'--separator' has to be one character, or 'tab'.")
    }
  }

  var summary: String {
    """
    The keys of \(file) in the file's order. The lines are dealt to \(threads) thread(s) one by one; each \
    acquires its keys, holds them for \(grouped(Int(hold))) ns, and starts over at the end. Medians of \
    \(measuring.effort.words).
    """
  }

  func run(in session: Session) throws {
    let separator = separator == "tab" ? "\t" : separator?.first
    let keys = try KeyFile(
      path: file, column: column.map { KeyFile.Column(number: $0, separator: separator) })
    let order = keys.order(threads: threads)
    let workload = Workload(order, holdNanoseconds: hold)
    let rows = workload.rows(Scenario(threads: threads))
    let (observed, machine) = session.classified {
      observe(rows, [.throughput, .latency], measuring.effort) { session.show($0) }
    }
    try session.emit(
      observed.compactMap { own in
        guard let nanoseconds = Spread(own.nanoseconds) else { return nil }
        return ReplayRecord(
          subject: own.subject, file: file, threads: threads, lines: keys.lines.count,
          distinctKeys: keys.keys.count, skippedLines: keys.skipped, holdNanoseconds: hold,
          nanosecondsPerOperation: nanoseconds, operationsPerSecond: 1e9 / nanoseconds.median,
          ratioToLockTable: Ratio(own, over: observed.lockTable, machine),
          latency: Percentiles(own.latencies),
          timesRMWPair: nanoseconds.median / session.floor.rmwPair, machine: machine)
      })
    session.show("heat")
    let heat = zip(keys.keys, keys.counts).map { key, lines in
      KeyHeat(
        HeatRecord(key: key, lines: lines, share: Double(lines) / Double(keys.lines.count)))
    }
    let contender = HeatContender(heat)
    let pass = workload.row("LockTable", .lockTable, make: { contender })
      .measure(.throughput, measuring.seconds * Double(measuring.rounds))
    session.count(lockTableViolations: pass.violations)
    try session.emit(hottest(heat.map(\.record)))
  }

  /// The most wanted keys and the most waited for, the latter first.
  private func hottest(_ heat: [HeatRecord]) -> [HeatRecord] {
    let wanted = heat.sorted { $0.lines > $1.lines }.prefix(top)
    let waited = heat.filter { $0.contended > 0 }
      .sorted { $0.waitedNanoseconds > $1.waitedNanoseconds }.prefix(top)
    let keys = waited.map(\.key)
    return waited + wanted.filter { !keys.contains($0.key) }
  }
}
