import ArgumentParser
import BenchReport
import Foundation

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "One page of charts and tables to send to somebody: HTML, in a single file.",
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
  var sections: ReportParts = .standard

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
    guard from.isEmpty || (!quick && !json && sections == .standard) else {
      throw ValidationError(
        "'--from' measures nothing: '--sections', '--quick' and '--json' are not for it.")
    }
    guard !output.isEmpty else {
      throw ValidationError("'--output' needs the name of a file.")
    }
    // Before anything is measured, not after.
    let file = URL(fileURLWithPath: output)
    let folder = file.deletingLastPathComponent().path
    let manager = FileManager.default
    guard manager.isWritableFile(atPath: folder) else {
      throw ValidationError("'--output \(output)': nothing can be written into \(folder).")
    }
    var isFolder: ObjCBool = false
    guard !manager.fileExists(atPath: file.path, isDirectory: &isFolder) || !isFolder.boolValue
    else {
      throw ValidationError("'--output \(output)' is a folder. It takes the name of a file.")
    }
  }

  func run() throws {
    var records: [Record] = []
    var lines: [String] = []
    var violations = 0
    if from.isEmpty {
      let printer = JSONPrinter()
      let session = Session { batch in
        records += batch
        lines += try batch.map(printer.line)
        if json { try printer.print(batch) }
      }
      for part in sections.parts {
        try part.run(in: session, quick: quick)
      }
      violations = session.lockTableViolations
    } else {
      for path in from {
        let file = try RecordFile(path: path)
        records += file.records
        lines += file.lines
      }
    }
    try write(Page(records: records, lines: lines).html)
    guard violations == 0 else {
      writeToStandardError("LockTable let two hold one key at once.\n")
      throw ExitCode.failure
    }
  }

  private func write(_ html: String) throws {
    do {
      try html.write(toFile: output, atomically: true, encoding: .utf8)
    } catch {
      throw RecordFile.Unusable(
        description: "\(output) can't be written: \(error.localizedDescription)")
    }
    writeToStandardError("Written: \(output), \(grouped(html.utf8.count / 1_024)) KiB.\n")
  }
}
