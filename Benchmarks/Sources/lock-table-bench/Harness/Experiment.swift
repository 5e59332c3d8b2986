import ArgumentParser

/// What a subcommand measures; the subcommand's options are its parameters.
///
/// `try Session(emit: …).run(experiment)` runs one: it calls `emit` with the records of each table as soon
/// as that is finished, `Conditions` first. Do not call it from a task: measuring blocks the thread.
///
///     var records: [any Record] = []
///     let session = Session { records += $0 }
///     try session.run(try ChurnExperiment.parse(["--threads", "1"]))
protocol Experiment: ParsableCommand {
  /// What is measured and how, in a sentence or two.
  var summary: String { get }
  /// Of each row, unless the options say otherwise.
  static var standardEffort: Effort { get }
  var output: OutputOptions { get }

  func run(in session: Session) throws
}

extension Experiment {
  var name: String { Self._commandName }

  func run() throws { try output.run(self) }
}

/// How the figures are printed: the same for all subcommands.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print one JSON object per line.")
  var json = false
  @Flag(help: "Print all columns, with the spread of each figure.")
  var wide = false
  @Flag(help: "Explain the columns and the rows below the tables.")
  var legend = false

  func validate() throws {
    guard !json || (!wide && !legend) else {
      throw ValidationError("'--json' has all figures: '--wide' and '--legend' are for tables.")
    }
  }

  func run(_ experiment: some Experiment) throws {
    let text = TextPrinter(isWide: wide, hasLegend: legend)
    let session = Session { try json ? printJSON($0) : text.print($0) }
    try session.run(experiment)
    if !json { text.finish() }
    try session.failIfViolated()
  }
}

struct EffortOptions<E: Experiment>: ParsableArguments {
  @Option(help: "How long each row runs in a round.")
  var seconds = E.standardEffort.seconds
  @Option(help: "How often each row is measured.")
  var rounds = E.standardEffort.rounds

  func validate() throws {
    try require("--seconds", [seconds], in: Limit.seconds)
    try require("--rounds", [rounds], in: Limit.rounds)
  }

  var effort: Effort { Effort(seconds: seconds, rounds: rounds) }
}

enum Limit {
  static let threads = 1...4_096
  static let keys = 1...10_000_000
  static let rounds = 1...1_000
  static let seconds = 0.001...3_600
  /// Nanoseconds.
  static let hold: ClosedRange<UInt64> = 0...1_000_000_000
}

func require<Number: Comparable>(
  _ option: String, _ values: [Number], in limits: ClosedRange<Number>
) throws {
  guard values.allSatisfy(limits.contains) else {
    throw ValidationError(
      "'\(option)' has to be from \(limits.lowerBound) to \(limits.upperBound).")
  }
}

/// One or more experiments in a row, and what they have in common.
final class Session {
  private let emitBatch: ([any Record]) throws -> Void
  private let hasTerminal = standardErrorIsTerminal
  /// What the tables quote themselves in.
  let floor: QuickFloor
  /// Of `LockTable`, in all experiments so far: anything but 0 is a failure.
  private(set) var lockTableViolations = 0

  /// - Parameter emit: Takes the records of one table.
  init(emit: @escaping ([any Record]) throws -> Void) {
    emitBatch = emit
    _ = Self.secondThread
    floor = QuickFloor.measured()
  }

  /// - Parameter command: What to call the command in the conditions, if not what was typed.
  func run(_ experiment: some Experiment, command: String? = nil) throws {
    #if DEBUG
      writeToStandardError("Not optimised, so the figures mean nothing: use -c release.\n")
    #endif
    try emit([Conditions.now(experiment, command: command, floor: floor)])
    defer { show("") }
    try experiment.run(in: self)
  }

  /// Hands over a table that is finished.
  func emit(_ records: [any Record]) throws {
    show("")
    for case let record as any ContenderRecord in records where record.subject.role == .lockTable {
      lockTableViolations += record.subject.violations
    }
    try emitBatch(records)
  }

  /// Of what no record says.
  func count(lockTableViolations: Int) { self.lockTableViolations += lockTableViolations }

  func failIfViolated() throws {
    guard lockTableViolations == 0 else {
      writeToStandardError("LockTable let two hold one key at once.\n")
      throw ExitCode.failure
    }
  }

  /// Says what is being measured, in one line on a terminal; nothing in a pipe.
  func show(_ text: String) {
    if hasTerminal { writeToStandardError("\r\u{1b}[K" + text) }
  }

  /// Measures the core-to-core hand-off before and after `body`.
  func classified<Result>(_ body: () throws -> Result) rethrows -> (Result, MachineClass) {
    let before = HandOff.spinning()
    let result = try body()
    let after = HandOff.spinning()
    return (result, MachineClass(handOffBefore: before, handOffAfter: after))
  }

  /// glibc leaves the atomics out of its mutexes in a process with one thread. This one makes sure that
  /// there is another, whatever is measured.
  private static let secondThread: Void = {
    _ = Running<Void>.thread { while true { sleepThread(seconds: 3_600) } }
  }()
}
