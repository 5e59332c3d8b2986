import ArgumentParser
import Foundation

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "One page of charts and tables to send to a colleague: HTML, in a single file.",
    discussion: """
      Runs what '--sections' names, one after the other, and draws it; about three minutes, or half a minute \
      with '--quick'. The page needs no network and no script, is made for light and dark screens, for \
      telephones and for paper, and ends with the machine, the commands and the raw numbers.

      With '--from' nothing is measured: the page is of what other subcommands printed with '--json', be it \
      on another machine. Their own options ask for more than is measured here:

          lock-table-bench latency --threads 8 --rate 500000 --json > latency.jsonl
          lock-table-bench scale --json > scale.jsonl
          lock-table-bench report --from latency.jsonl scale.jsonl
      """)

  @Option(help: ArgumentHelp("Where the page goes.", valueName: "file"))
  var output = "lock-table-report.html"
  @Option(
    help: ArgumentHelp(
      "What to measure, with commas between; any of "
        + ReportPart.allCases.map(\.rawValue).joined(separator: ", ") + ".",
      valueName: "sections"))
  var sections = ReportPart.standard
  @Flag(help: "Shorter and fewer rounds: to see the page, not to quote it.")
  var quick = false
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Draw these lines of '--json' instead of measuring; - is the standard input.",
      valueName: "file"))
  var from: [String] = []
  @Flag(help: "Also print one JSON object per line, as it is measured.")
  var json = false

  func validate() throws {
    guard from.isEmpty || (!quick && !json && sections == ReportPart.standard) else {
      throw ValidationError(
        "'--from' measures nothing: '--sections', '--quick' and '--json' are not for it.")
    }
    guard !parts.contains(nil), Set(parts).count == parts.count else {
      throw ValidationError("'--sections \(sections)' has to name sections, each of them once.")
    }
    // Before anything is measured, not after.
    let file = URL(fileURLWithPath: output)
    let folder = file.deletingLastPathComponent().path
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder)
    guard !isFolder.boolValue, FileManager.default.isWritableFile(atPath: folder) else {
      throw ValidationError(
        "'--output \(output)' has to name a file, in a folder that can be written into.")
    }
  }

  private var parts: [ReportPart?] {
    sections.split(separator: ",", omittingEmptySubsequences: false).map {
      ReportPart(rawValue: $0.trimmingCharacters(in: .whitespaces))
    }
  }

  func run() throws {
    let files = try from.map(RecordFile.init)
    var page = ReportPage(records: files.flatMap(\.records), lines: files.flatMap(\.lines))
    guard from.isEmpty else { return try write(page.html) }
    let session = Session { batch in
      page.records += batch
      page.lines += try batch.map { try RecordLine($0).json }
      if json { try printJSON(batch) }
    }
    for arguments in parts.flatMap({ $0?.commands(quick: quick) ?? [] }) {
      let command = (["lock-table-bench"] + arguments).joined(separator: " ")
      if let experiment = try LockTableBench.parseAsRoot(arguments) as? any Experiment {
        try session.run(experiment, command: command)
      }
    }
    try write(page.html)
    try session.failIfViolated()
  }

  private func write(_ html: String) throws {
    do {
      try html.write(toFile: output, atomically: true, encoding: .utf8)
    } catch {
      throw FileFailure(
        description: "\(output) can't be written: \(error.localizedDescription)")
    }
    writeToStandardError("Written: \(output), \(grouped(html.utf8.count / 1_024)) KiB.\n")
  }
}

/// An experiment that `report` runs.
enum ReportPart: String, CaseIterable {
  case compare, latency, scale, churn, fairness, floor, targets

  /// Without LockTable's own bounds, which are for those who work on it.
  static let standard = allCases.filter { $0 != .targets }.map(\.rawValue).joined(separator: ",")

  /// Less than the subcommand of that name measures, where the rest would only make the page longer.
  func commands(quick: Bool) -> [[String]] {
    func effort(_ seconds: Double, _ rounds: Int) -> [String] {
      ["--seconds", "\(quick ? seconds / 5 : seconds)", "--rounds", "\(quick ? 3 : rounds)"]
    }
    let options: [[String]] =
      switch self {
      case .compare: [["--brief"] + effort(0.045, 7)]
      // So slow a rate that a machine with other work to do keeps up with it.
      case .latency: [["--rate", "20000"] + effort(0.25, 5)]
      case .scale:
        ScaleRecord.Dimension.allCases.map { dimension in
          ["--dimension", dimension.rawValue]
            + (quick ? ["--values"] + dimension.everyOther.map { "\($0)" } : [])
            + effort(0.04, 5)
        }
      case .churn: [effort(0.25, 3)]
      case .fairness: [effort(0.1, 5)]
      case .floor: [["--rounds", quick ? "3" : "9"]]
      case .targets: [effort(0.1, 9)]
      }
    return options.map { [rawValue] + $0 }
  }
}

extension ScaleRecord.Dimension {
  /// Of many, the ends and half of what is between.
  fileprivate var everyOther: [Int] {
    let values = defaultValues
    guard values.count > 5 else { return values }
    return values.indices.filter { $0.isMultiple(of: 2) || $0 == values.count - 1 }
      .map { values[$0] }.filter { $0 <= 1_000_000 }
  }
}
