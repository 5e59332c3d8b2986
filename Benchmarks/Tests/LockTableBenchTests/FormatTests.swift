import Testing

@testable import lock_table_bench

struct FormatTests {
  @Test func timesHaveTheUnitThatSuitsThem() {
    let format = ValueFormat.nanoseconds
    #expect(
      [0, 0.5, 18.43, 184.3, 999.7, 1_234, 45_600_000, 2.5e9].map(format.text) == [
        "0", "0.500 ns", "18.4 ns", "184 ns", "1.00 µs", "1.23 µs", "45.6 ms", "2.50 s",
      ])
    #expect(
      [0, 20, 500, 1_000, 2_500, 1e7].map(format.tick) == [
        "0", "20 ns", "500 ns", "1 µs", "2.5 µs", "10 ms",
      ])
  }

  @Test func otherFormats() {
    #expect([1, 100, 10_000, 1e7].map(ValueFormat.count.tick) == ["1", "100", "10 k", "10 M"])
    #expect([8, 1_024, 4_096].map(ValueFormat.bytes.tick) == ["8 B", "1 KiB", "4 KiB"])
    #expect([50, 99.9, 100].map(ValueFormat.percentile.tick) == ["p50", "p99.9", "max"])
    #expect(ValueFormat.times.text(1.2) == "1.20 ×")
    #expect(ValueFormat.share.text(0.123_4) == "12.3 %")
    #expect(ValueFormat.number.text(.nan) == "–")
    #expect(ValueFormat.number.text(1_234_567) == "1\u{202f}234\u{202f}567")
    #expect(ValueFormat.number.text(-0.000_01) == "0.000")
    #expect(ValueFormat.number.text(-12.34) == "−12.3")
  }

  @Test func textIsEscaped() {
    #expect(Markup.escape("a<b> & \"c\" 'd'") == "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;")
    #expect(Markup.escape("\u{0}\u{1b}[31m\u{fffe}\ttab") == "\u{fffd}\u{fffd}[31m\u{fffd}\ttab")
    let (title, text, none): (String, String, Markup?) = ("\"><script>", "</b>", nil)
    let bold: Markup = "<b title=\"\(title)\">\(text)\(none)</b>"
    #expect(bold.source == "<b title=\"&quot;&gt;&lt;script&gt;\">&lt;/b&gt;</b>")
    #expect(("<i>\([bold, bold])</i>" as Markup).source == "<i>\(bold.source)\(bold.source)</i>")
  }

  @Test func coordinatesAreShort() {
    #expect(
      [1, 1.5, 2.0 / 3, -0.001, .nan, .infinity].map(SVG.number) == [
        "1", "1.5", "0.67", "0", "0", "0",
      ])
  }

  @Test func longNamesAreCut() {
    let name = "a contender with quite a long name"
    #expect(TextMetrics.fitted(name, width: 1_000) == name)
    let short = TextMetrics.fitted(name, width: 100)
    #expect(short.hasSuffix("…"))
    #expect(TextMetrics.width(short) <= 100)
  }
}
