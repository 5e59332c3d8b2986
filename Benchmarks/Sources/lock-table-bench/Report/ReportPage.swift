/// What one or several experiments have found, as one page that stands by itself, to be sent to somebody
/// who was not there.
struct ReportPage {
  var records: [any Record] = []
  /// The same, as the program prints them for other programs.
  var lines: [String] = []

  /// One file that needs no other, no network and no script.
  var html: String {
    let sections = sections
    let palette = Palette(sections.flatMap(\.exhibits).compactMap(\.chart))
    let title = "LockTable and its alternatives"
    let page: Markup = """
      <!DOCTYPE html>
      <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
      <head>
      <meta charset="utf-8"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <title>\(title)</title>
      <style>\(Stylesheet.text)</style>
      </head>
      <body>
      <main>
      <header>
      <h1>\(title)</h1>
      \(summary.map { "<p>\($0)</p>\n" })
      \(tiles)
      <nav aria-label="Sections">
      \(sections.enumerated().map { "<a href=\"#section-\($0 + 1)\">\($1.heading)</a>\n" })
      <a href="#conditions">Conditions and raw numbers</a>
      </nav>
      </header>
      \(sections.enumerated().map { $1.element(number: $0 + 1, palette) })
      \(ending)
      </main>
      </body>
      </html>

      """
    return page.source
  }

  var sections: [Section] {
    let notes = records.compactMap { $0 as? NoteRecord }
    return recordTypes.groups(by: { $0.heading }).compactMap { heading, types in
      let exhibits = types.flatMap { $0.exhibits(records, notes) }
      guard !exhibits.isEmpty else { return nil }
      return Section(heading: heading, reading: types[0].reading, exhibits: exhibits)
    }
  }

  private var conditions: [Conditions] { records.compactMap { $0 as? Conditions } }

  /// What a reader has to know before the first chart, a paragraph each.
  private var summary: [String] {
    let machine = conditions.first.map { first in
      """
      Measured on \(first.date.prefix(10)) on \(first.processor) with \(first.cores) cores. All figures are \
      this machine's at that hour: compare rows with rows, not with another page.
      """
    }
    let paragraphs: [String?] = [
      machine,
      conditions.first?.isBusy == true
        ? "Something else kept the machine busy before this began, so that spreads are wide." : nil,
      conditions.allSatisfy(\.isOptimised)
        ? nil
        : "NOT OPTIMISED: the program was built without -c release. These figures mean nothing.",
      """
      Times are medians of rounds in which every contender was measured once; whiskers and bands are the \
      rounds' spread, and so are the figures in parentheses. A ratio is of figures of the same round. Where \
      its spread covers 1 it is not quoted: ≈ 1 is close to it, ? is not. A row marked † gives less than \
      LockTable does. Each lock has to keep a counter right in every key: a row that does not is marked as \
      failing, drawn nowhere, and compared with nothing. × RMW is in times of an atomic read-modify-write and \
      a store that nothing contends for.
      """,
    ]
    return paragraphs.compactMap(\.self)
  }

  /// The few figures to remember, each beside the row that it is compared with: a figure alone says nothing.
  private var tiles: Markup? {
    let figures = recordTypes.flatMap { $0.headlines(records) }.filter { $0.doubt == nil }
    let tiles = figures.map { figure -> Markup in
      """
      <div class="tile">
      <div class="figure">\(figure.value)</div>
      <div class="label">\(figure.claim)</div>
      <div class="beside">\(figure.other): \(figure.figures)</div>
      <div class="detail">\(figure.conditions)</div>
      </div>
      """
    }
    return tiles.isEmpty ? nil : #"<div class="tiles">\#(tiles)</div>"#
  }

  /// For a reader who wants to see it again, or doubts it.
  private var ending: Markup {
    let commands = conditions.map(\.command).groups { $0 }.map(\.key)
    let known: Markup = """
      <h3>Machine</h3>
      <dl>\(machine.map { "<div><dt>\($0)</dt><dd>\($1)</dd></div>\n" })</dl>
      <h3>Commands</h3><pre>\(commands.joined(separator: "\n"))</pre>
      """
    let raw: Markup = """
      <details class="raw">
      <summary>Raw numbers: \(counted(lines.count, "line")) of JSON</summary>
      <pre>\(lines.joined(separator: "\n"))</pre>
      </details>
      """
    return """
      <section id="conditions">
      <h2>Conditions and raw numbers</h2>
      \(conditions.isEmpty ? nil : known)
      \(lines.isEmpty ? nil : raw)
      </section>
      """
  }

  private var machine: [(name: String, value: String)] {
    guard let first = conditions.first, let last = conditions.last else { return [] }
    func range(_ values: [Double], _ text: (Double) -> String) -> String? {
      guard let low = values.min(), let high = values.max() else { return nil }
      return low == high ? text(low) : "\(text(low)) to \(text(high))"
    }
    let load = range(conditions.compactMap(\.load)) { decimal($0, 2) }
    let classes = records.compactMap { ($0 as? any ContenderRecord)?.machine }
    let facts: [(String, String?)] = [
      ("Processor", "\(first.processor), \(first.cores) cores"), ("System", first.system),
      ("Measured", first.date == last.date ? first.date : "\(first.date) to \(last.date)"),
      ("Load when experiments began", load.map { "\($0), over one minute" }),
      ("Floor when it began", first.floor?.words),
      (
        "Hand-off between two cores",
        range(
          classes.flatMap { [$0.handOffBefore, $0.handOffAfter] }, ValueFormat.nanoseconds.text)
      ),
    ]
    return facts.compactMap { name, value in value.map { (name, $0) } }
      + conditions.groups(by: \.experiment).map { ($0, $1[0].summary) }
  }
}
