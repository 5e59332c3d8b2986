import BenchReport
import Foundation
import Testing

@testable import lock_table_bench

struct ReportTests {
  private func page(_ lines: [String]) throws -> Page {
    let records = try ([Lines.conditions] + lines).map {
      try JSONDecoder().decode(Record.self, from: Data($0.utf8))
    }
    return Page(records: records, lines: lines)
  }

  private func firstExhibit(_ lines: [String]) throws -> Exhibit {
    try #require(try page(lines).sections.first?.exhibits.first)
  }

  private func drawn(_ exhibit: Exhibit) -> [ChartRow] {
    guard case .rows(let chart)? = exhibit.chart else { return [] }
    return chart.groups.flatMap(\.rows)
  }

  private let ours = Lines.row("LockTable", "lockTable", rounds: [10, 11, 10, 11, 10])

  @Test func ratiosAreOfTheSameRound() throws {
    let exhibit = try firstExhibit([ours, Lines.row("slow", rounds: [30, 33, 30, 33, 30])])
    #expect(drawn(exhibit).map(\.text) == ["10.0 ns", "3.00 ×, 30.0 ns"])
    #expect(exhibit.table.rows.map { $0.cells[4] } == ["1", "3.00"])
  }

  @Test func aRatioWhoseSpreadCoversOneIsNotQuoted() throws {
    let exhibit = try firstExhibit([ours, Lines.row("even", rounds: [9.5, 11.2, 10.3, 10, 11])])
    #expect(drawn(exhibit).map(\.text) == ["10.0 ns", "≈ 1, 10.3 ns"])
    #expect(exhibit.table.rows.last?.cells[4] == "≈ 1")
  }

  @Test func aRowThatFailsIsInTheTableOnly() throws {
    let broken = Lines.row("broken", rounds: [5, 5, 5, 5, 5], violations: 1_204)
    let exhibit = try firstExhibit([ours, broken])
    #expect(drawn(exhibit).map(\.name) == ["LockTable"])
    #expect(exhibit.table.rows.map(\.failure) == [nil, "FAILS: 1 204 violations"])
    #expect(exhibit.notes.contains("Two were inside one key: broken."))
    #expect(exhibit.table.rows.last?.cells[4] == "–")
  }

  @Test func ifLockTableFailsNothingIsComparedWithIt() throws {
    let broken = Lines.row("LockTable", "lockTable", rounds: [5, 5, 5], violations: 1)
    let exhibit = try firstExhibit([broken, Lines.row("other", rounds: [9, 9, 9])])
    #expect(drawn(exhibit).map(\.text) == [nil])
    #expect(!exhibit.table.header.contains("÷ LockTable"))
    #expect(exhibit.notes.contains { $0.hasPrefix("No ratios: ") })
  }

  @Test func theLoopIsToShowViolations() throws {
    let loop = Lines.row("no lock", "loop", rounds: [2, 2, 2, 2, 2], violations: 77)
    let exhibit = try firstExhibit([ours, loop])
    #expect(drawn(exhibit).count == 2)
    #expect(exhibit.table.rows.last?.failure == nil)
    #expect(exhibit.notes.contains { $0.contains("Without a lock that happened 77 times.") })
  }

  @Test func aMachineThatChangedHasTimesAndNoRatios() throws {
    let rows = [
      Lines.row("LockTable", "lockTable", rounds: [10, 11, 10], handOffAfter: 700),
      Lines.row("slow", rounds: [30, 33, 30], handOffAfter: 700),
    ]
    let exhibit = try firstExhibit(rows)
    #expect(drawn(exhibit).map(\.value) == [10, 30])
    #expect(!exhibit.table.header.contains("÷ LockTable"))
    #expect(exhibit.notes.contains { $0.contains("68.0 ns before and 700 ns after") })
  }

  @Test func oneRoundHasNoRatios() throws {
    let exhibit = try firstExhibit([
      Lines.row("LockTable", "lockTable", rounds: [10]), Lines.row("slow", rounds: [30]),
    ])
    #expect(drawn(exhibit).map(\.value) == [10, 30])
    #expect(exhibit.notes.contains { $0.contains("one round says nothing") })
  }

  @Test func whatGivesLessIsMarkedAndExplained() throws {
    let exhibit = try firstExhibit([
      ours, Lines.row("keeper", "lesser", rounds: [30, 33, 30, 33, 30]),
      Lines.note("keeper", "keeps every key"),
    ])
    #expect(drawn(exhibit).map(\.name) == ["LockTable", "keeper †"])
    #expect(exhibit.notes.contains("† keeper: keeps every key."))
  }

  @Test func aRateThatWasNotKeptIsNoKeyFigure() throws {
    let other = Lines.latency("other", "exact", rate: 1_000, achieved: 999)
    let kept = try page([Lines.latency("LockTable", rate: 1_000, achieved: 999), other])
    #expect(kept.keyFigures.map(\.value) == ["1.20 µs"])
    #expect(kept.keyFigures.map(\.beside) == ["other: 1.20 µs"])
    let alone = try page([Lines.latency("LockTable", rate: 1_000, achieved: 999)])
    #expect(alone.keyFigures.isEmpty)
    let slow = try page([Lines.latency("LockTable", rate: 1_000, achieved: 700), other])
    #expect(slow.keyFigures.isEmpty)
    #expect(
      slow.sections.first?.exhibits.first?.notes.contains {
        $0.hasPrefix("Not as many as were asked for: LockTable.")
      } == true)
  }

  @Test func thePageHasTheConditionsAndTheLines() throws {
    let page = try page([ours])
    #expect(page.commands == ["lock-table-bench compare"])
    #expect(page.machine.contains { $0.value == "Example, 2 cores" })
    #expect(page.rawLines == [ours])
    #expect(page.html.contains("</html>"))
  }
}

struct RecordFileTests {
  private func read(_ text: String) throws -> RecordFile {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("record-file-\(UUID().uuidString).jsonl")
    try text.write(to: url, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: url) }
    return try RecordFile(path: url.path)
  }

  private func complaint(_ text: String) -> String {
    do {
      _ = try read(text)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func linesAreKeptAsTheyWere() throws {
    let file = try read("\(Lines.conditions)\r\n\n\(Lines.note("a", "b"))\n")
    #expect(file.lines == [Lines.conditions, Lines.note("a", "b")])
    #expect(file.records.count == 2)
  }

  @Test func whatCanNotBeReadIsSaidWithItsLine() {
    #expect(complaint("").contains("is empty"))
    #expect(complaint("\(Lines.conditions)\nLockTable  12 ns\n").contains("line 2: this is not"))
    #expect(complaint("{}").contains("line 1: this is a record without \"kind\""))
    #expect(complaint("{\"kind\":\"soup\"}").contains("\"soup\" is no kind of record"))
    #expect(complaint("{\"kind\":\"note\",\"name\":\"a\"}").contains("without \"note\""))
    #expect(
      complaint("{\"kind\":\"note\",\"name\":1,\"note\":\"\"}").contains("\"name\" has another"))
  }

  @Test func aFileThatIsNotThereIsSaid() {
    #expect(throws: RecordFile.Unusable.self) { try RecordFile(path: "/nowhere/at/all.jsonl") }
  }
}
