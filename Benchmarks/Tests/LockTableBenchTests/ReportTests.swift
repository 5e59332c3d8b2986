import Foundation
import Testing

@testable import lock_table_bench

private let ours = Sample.ours

struct ReportTests {
  /// Of the records as they are read again.
  private func page(_ records: [any Record]) throws -> ReportPage {
    let lines = try records.map { try RecordLine($0).json }
    let again = try lines.map {
      try JSONDecoder().decode(RecordLine.self, from: Data($0.utf8)).record
    }
    return ReportPage(records: [Sample.conditions] + again, lines: lines)
  }

  private func firstExhibit(_ records: [any Record]) throws -> Exhibit {
    try #require(try page(records).sections.first?.exhibits.first)
  }

  private func exhibit(_ contenders: Observations..., handOffAfter: Double = 70) throws -> Exhibit {
    try firstExhibit(Sample.rows(contenders, handOffAfter: handOffAfter))
  }

  private func drawn(_ exhibit: Exhibit) -> [ChartRow] {
    (exhibit.chart as? RowChart)?.groups.flatMap(\.rows) ?? []
  }

  private func cells(_ exhibit: Exhibit, _ column: String) throws -> [String] {
    let index = try #require(exhibit.header.firstIndex(of: column))
    return exhibit.rows.map { $0.cells[index] }
  }

  @Test func ratiosAreOfTheSameRound() throws {
    let exhibit = try exhibit(ours, Sample.contender("slow", 30))
    #expect(drawn(exhibit).map(\.text) == ["10.0 ns", "3.00 ×, 30.0 ns"])
    #expect(try cells(exhibit, "÷ LockTable") == ["1", "3.00"])
  }

  @Test func aRatioWhoseSpreadCoversOneIsNotQuoted() throws {
    var even = Sample.contender("even", 10)
    even.nanoseconds = [9.5, 11.2, 10.3, 10, 11]
    let exhibit = try exhibit(ours, even)
    #expect(drawn(exhibit).map(\.text) == ["10.0 ns", "≈ 1, 10.3 ns"])
    #expect(try cells(exhibit, "÷ LockTable").last?.hasPrefix("≈ 1 (") == true)
    #expect(exhibit.notes.contains { $0.hasPrefix("≈ 1 and ?: ") })
  }

  @Test func aRowThatFailsIsInTheTableOnly() throws {
    let exhibit = try exhibit(ours, Sample.contender("broken", 5, violations: 1_204))
    #expect(drawn(exhibit).map(\.name) == ["LockTable"])
    #expect(exhibit.rows.map(\.name.failure) == [nil, "FAILS: 1 204 violations"])
    #expect(exhibit.notes.contains("Two holders were inside one key: broken."))
    #expect(try cells(exhibit, "÷ LockTable").last == "–")
  }

  @Test func ifLockTableFailsNothingIsComparedWithIt() throws {
    let exhibit = try exhibit(
      Sample.contender("LockTable", 5, .lockTable, violations: 1), Sample.contender("other", 9))
    #expect(drawn(exhibit).map(\.text) == [nil])
    #expect(!exhibit.header.contains("÷ LockTable"))
    #expect(exhibit.notes.contains { $0.hasPrefix("FAILS: ") })
  }

  @Test func theCheckIsStatedPositively() throws {
    let exhibit = try exhibit(ours, Sample.contender("no lock", 2, .loop, violations: 77))
    #expect(drawn(exhibit).count == 2)
    #expect(exhibit.rows.last?.name.failure == nil)
    let note = "No violation in 1 000 000 checked operations. Without a lock there were 77."
    #expect(exhibit.notes.contains(note))
  }

  @Test(arguments: [(5, 700, "68.0 ns before and 700 ns after"), (1, 70, "one round says nothing")])
  func aMachineThatChangedAndOneRoundHaveTimesAndNoRatios(
    rounds: Int, handOffAfter: Double, note: String
  ) throws {
    let exhibit = try exhibit(
      Sample.contender("LockTable", 10, .lockTable, rounds: rounds),
      Sample.contender("slow", 30, rounds: rounds), handOffAfter: handOffAfter)
    #expect(drawn(exhibit).map(\.value) == [10, 30])
    #expect(!exhibit.header.contains("÷ LockTable"))
    #expect(exhibit.notes.contains { $0.contains(note) })
  }

  @Test func whatGivesLessIsMarkedAndExplained() throws {
    let keeper = Sample.contender("keeper", 30, .lesser)
    let exhibit = try firstExhibit(
      Sample.rows([ours, keeper]) + [NoteRecord(name: "keeper", note: "keeps every key")])
    #expect(drawn(exhibit).map(\.name) == ["LockTable", "keeper †"])
    #expect(exhibit.notes.contains("† keeper: keeps every key."))
  }

  @Test func latencyChartsEmphasiseLockTableAndTheBestAlternative() throws {
    let exhibit = try firstExhibit([
      Sample.latency(ours), Sample.latency(Sample.contender("good", 1)),
      Sample.latency(Sample.contender("array", 1, .lesser)),
    ])
    let chart = try #require(exhibit.chart as? LineChart)
    #expect(chart.series.count == 3)
    #expect(chart.emphasis == ["LockTable", "good"])
  }

  @Test func thePageHasTheConditionsAndTheLines() throws {
    let rows = Sample.rows([ours])
    let page = try page(rows)
    #expect(page.html.contains("<pre>lock-table-bench compare</pre>"))
    #expect(page.html.contains("<dd>Example, 2 cores</dd>"))
    #expect(page.lines == (try rows.map { try RecordLine($0).json }))
    #expect(page.html.contains("</html>"))
  }
}

struct HeadlineTests {
  private func statement(_ own: Observations, _ other: Observations) throws -> Headline {
    let scenario = Scenario(threads: 8, keys: 100_000, distribution: .uniform)
    let rows = Sample.rows([own, other], scenario)
    let statement = try #require(RowRecord.headlines(rows).first)
    let isShown = ReportPage(records: rows).html.contains("<div class=\"tile\">")
    #expect(isShown == (statement.doubt == nil))
    return statement
  }

  @Test func aStatementNamesWhatItCompares() throws {
    let slow = try statement(ours, Sample.contender("slow", 77))
    #expect(
      slow.sentence == """
        8 threads, 100 000 int keys, uniform: 7.7 × as fast as the best exact alternative \
        (slow: 77.0 ns; LockTable: 10.0 ns)
        """)
    #expect(slow.other == "slow" && slow.figures == "77.0 ns; LockTable: 10.0 ns")
    #expect(slow.value == "7.7 ×" && slow.doubt == nil)
    let fast = try statement(ours, Sample.contender("fast", 5))
    #expect(fast.sentence.contains("2.0 × the time of the best exact alternative"))
  }

  @Test(arguments: [
    ([30.0], "one round is too few"), ([30, 33], "two rounds are too few"),
    ([5, 30, 20, 5, 30], "the rounds disagree"), ([15, 90, 30, 50, 90], "too far apart"),
  ])
  func aNoisyRunMakesNoStatement(rounds: [Double], reason: String) throws {
    let own = Sample.contender("LockTable", 10, .lockTable, rounds: rounds.count)
    var noisy = Sample.contender("noisy", 30)
    noisy.nanoseconds = rounds
    let statement = try statement(own, noisy)
    #expect(statement.doubt?.contains(reason) == true)
    #expect(statement.sentence.contains("no statement"))
  }

  @Test func aTailNeedsEnoughAcquisitionsAndAKeptRate() throws {
    let other = Sample.latency(Sample.contender("other", 20))
    let enough = LatencyRecord.headlines([Sample.latency(ours), other])
    #expect(enough.map(\.value) == ["2.0 ×"] && enough.map(\.doubt) == [nil])
    let few = LatencyRecord.headlines([Sample.latency(ours, count: 3_000), other])
    #expect(few.first?.doubt?.contains("only 3 acquisitions") == true)
    let late = [Sample.latency(ours, achieved: 700), other]
    #expect(LatencyRecord.headlines(late).isEmpty)
    let notes = LatencyRecord.exhibits(late, []).first?.notes ?? []
    #expect(notes.contains { $0.hasPrefix("Fell behind the rate") && $0.hasSuffix(": LockTable.") })
  }
}

struct TextTests {
  /// As a run of all scenarios prints them.
  private func text(isWide: Bool = false, hasLegend: Bool = false) -> [String] {
    let names = [
      "refcounted semaphores, 64 stripes", "LockTable, blocking form", "no lock: the loop itself",
    ]
    let yardstick = Sample.contender("one pthread_mutex, no keys", 5, .yardstick)
    let failing = Sample.contender(names[0], 9, violations: 3)
    let others = names.map { Sample.contender($0, 123_456) }
    let contenders = [ours, yardstick, failing] + others
    let target = TargetRecord(
      "a fresh key beside 1 000 000 live ones",
      "longest wait of a round ÷ that of a pthread_mutex", Ratio([0.5, 0.25], over: [1, 1]),
      .atMost(1.25))
    let rest: [[any Record]] = [
      Sample.memory, [NoteRecord(name: "other", note: "lacks something")],
      [Sample.latency(ours)], [target],
    ]
    let rows = Scenario.standard.map { Sample.rows(contenders, $0) }
    return printed(isWide: isWide, hasLegend: hasLegend, [[Sample.conditions]] + rows + rest)
  }

  @Test func linesFitIntoATerminal() {
    #expect(text(hasLegend: true).filter { $0.count > 120 } == [])
    #expect(text(isWide: true).contains { $0.count > 120 })
  }

  @Test func comparingEndsInSixLines() throws {
    let slow = Sample.contender("refcounted semaphores, 64 stripes", 77)
    let yardstick = Sample.contender("one lock", 5, .yardstick)
    let rows = Scenario.standard.map { Sample.rows([ours, slow, yardstick], $0) }
    let lines = try #require(printed(rows + [Sample.memory]).split(separator: "").last)
    #expect(lines.count == 6)
    #expect(lines.allSatisfy { $0.count <= 120 && $0.contains(": ") })
    #expect(lines.first?.contains("2.0 × the time of a bare mutex") == true)
    #expect(lines.dropFirst().prefix(4).allSatisfy { $0.contains("7.7 × as fast as") })
    #expect(lines.last?.contains("88 B for each held key") == true)
    #expect(lines.last?.hasSuffix("(other: 201 B)") == true)
  }

  @Test func theLegendIsShownOnRequest() {
    #expect(text(hasLegend: true).contains { $0.hasPrefix("÷ LockTable: the row's time") })
    #expect(text(hasLegend: true).contains("other: lacks something"))
    #expect(!text().contains { $0.hasPrefix("÷ LockTable:") })
  }
}

struct RecordFileTests {
  private static let note = #"{"kind":"note","name":"a","note":"b"}"#

  private func read(_ text: String) throws -> RecordFile {
    try withFile(Data(text.utf8)) { try RecordFile(path: $0) }
  }

  @Test func linesAreKeptAsTheyWere() throws {
    let conditions = try RecordLine(Sample.conditions).json
    let file = try read("\(conditions)\r\n\n\(Self.note)\n")
    #expect(file.lines == [conditions, Self.note])
    #expect(file.records.count == 2)
  }

  @Test(arguments: [
    "": "is empty", "\(note)\nLockTable  12 ns\n": "line 2: this is not",
    "{}": "line 1: this is a record without \"kind\"",
    #"{"kind":"soup"}"#: "\"soup\" is no kind of record",
    #"{"kind":"note","name":"a"}"#: "without \"note\"",
    #"{"kind":"note","name":1,"note":""}"#: "\"name\" has another",
  ])
  func whatCanNotBeReadIsSaidWithItsLine(text: String, reason: String) {
    #expect { try read(text) } throws: { "\($0)".contains(reason) }
  }

  @Test func aFileThatIsNotThereIsSaid() {
    #expect(throws: FileFailure.self) { try RecordFile(path: "/nowhere/at/all.jsonl") }
  }
}
