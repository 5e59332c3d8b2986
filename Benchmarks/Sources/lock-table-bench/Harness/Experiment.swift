/// What a subcommand measures, without its command line and without its output.
///
/// `try Session(emit: …).run(experiment)` runs one: it calls `emit` with the records of each table as soon
/// as that is finished, `Conditions` first. Each subcommand does so with a printer of text or of JSON, and
/// so can whatever wants the figures for something else:
///
///     var records: [Record] = []
///     let session = Session { records += $0 }
///     try session.run(FloorExperiment())
///
/// Not to be called from a task: measuring blocks the thread.
protocol Experiment {
  /// The subcommand's.
  var name: String { get }
  /// What is measured and how, in a sentence or two.
  var summary: String { get }

  func run(in session: Session) throws
}

/// One or more experiments on end, and what they have in common.
final class Session {
  private let emitBatch: ([Record]) throws -> Void
  private let progress = Progress()
  private let command: String?
  /// What the tables quote themselves in.
  let floor: QuickFloor
  /// Of `LockTable`, in all experiments so far: anything but 0 is a failure.
  private(set) var lockTableViolations = 0

  /// - Parameters:
  ///   - command: What to call the command in the conditions, if not what was typed.
  ///   - emit: Takes the records of one table.
  init(command: String? = nil, emit: @escaping ([Record]) throws -> Void) {
    self.command = command
    emitBatch = emit
    Self.startSecondThread()
    floor = QuickFloor.measured()
  }

  func run(_ experiment: some Experiment) throws {
    #if DEBUG
      writeToStandardError("Not optimised, so the figures mean nothing: use -c release.\n")
    #endif
    try emit([.conditions(.now(experiment, command: command, floor: floor))])
    defer { progress.clear() }
    try experiment.run(in: self)
  }

  /// Hands over a table that is finished.
  func emit(_ records: [Record]) throws {
    progress.clear()
    lockTableViolations += records.reduce(0) { $0 + $1.lockTableViolations }
    try emitBatch(records)
  }

  /// Of what no record says.
  func count(lockTableViolations: Int) {
    self.lockTableViolations += lockTableViolations
  }

  /// Says what is being measured.
  func show(_ text: String) {
    progress.show(text)
  }

  /// Measures the core-to-core hand-off before and after `body`.
  func classified<Result>(_ body: () throws -> Result) rethrows -> (Result, MachineClass) {
    let before = CoreHandOff.quickNanoseconds()
    let result = try body()
    let after = CoreHandOff.quickNanoseconds()
    return (result, MachineClass(handOffBefore: before, handOffAfter: after))
  }

  /// glibc leaves the atomics out of its mutexes in a process with one thread. This sees to it that there
  /// is another one, whatever is measured.
  private static func startSecondThread() {
    _ = secondThread
  }

  private static let secondThread: Void = {
    _ = WorkerThread {
      while true { sleepThread(seconds: 3_600) }
    }
  }()
}

extension Record {
  /// The violations that a row of LockTable's shows.
  fileprivate var lockTableViolations: Int {
    let subject: Subject? =
      switch self {
      case .row(let row): row.subject
      case .latency(let row): row.subject
      case .scale(let row): row.subject
      case .churn(let row): row.subject
      case .fairness(let row): row.subject
      case .replay(let row): row.subject
      case .server(let row): row.subject
      case .conditions, .floor, .path, .allocation, .memory, .heat, .target, .note: nil
      }
    guard let subject, subject.role == .lockTable else { return 0 }
    return subject.violations
  }
}
