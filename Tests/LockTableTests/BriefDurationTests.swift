import LockTable
import Testing

@Suite struct BriefDurationTests {
  @Test(arguments: [
    (Duration.zero, "0 s"), (.nanoseconds(1), "1 ns"), (.nanoseconds(999), "999 ns"),
    (.nanoseconds(1_000), "1 µs"), (.nanoseconds(1_050), "1.05 µs"),
    (.nanoseconds(12_340), "12.3 µs"), (.nanoseconds(432_100), "432 µs"),
    (.milliseconds(500), "500 ms"), (.milliseconds(1_200), "1.2 s"), (.seconds(2), "2 s"),
    (.milliseconds(9_520), "9.52 s"), (.milliseconds(10_040), "10 s"),
    (.seconds(60), "1 min"), (.seconds(90), "1.5 min"), (.seconds(61), "1.02 min"),
    (.seconds(3600), "1 h"), (.seconds(3600 * 36), "36 h"), (.seconds(360_000), "100 h"),
    (.seconds(3600 * 1234), "1234 h"), (.seconds(-2), "-2 s"),
  ])
  func threeDigitsAndAUnit(duration: Duration, text: String) {
    #expect(duration.brief == text)
  }

  @Test func whatIsRoundedUpGetsTheNextUnit() {
    #expect(Duration.nanoseconds(999_499).brief == "999 µs")
    #expect(Duration.nanoseconds(999_500).brief == "1 ms")
    #expect(Duration.nanoseconds(9_995).brief == "10 µs")
    #expect(Duration.nanoseconds(99_950).brief == "100 µs")
    #expect(Duration.milliseconds(59_960).brief == "1 min")
    #expect(Duration.seconds(3_599).brief == "1 h")
    #expect(Duration.seconds(359_999).brief == "100 h")
  }

  @Test func lessThanHalfANanosecondIsNothing() {
    #expect(Duration(secondsComponent: 0, attosecondsComponent: 499_999_999).brief == "0 s")
    #expect(Duration(secondsComponent: 0, attosecondsComponent: 500_000_000).brief == "1 ns")
  }

  @Test func noDurationIsTooLong() {
    #expect(Duration.seconds(Int64.max).brief == "2562047788015215 h")
    #expect(Duration.seconds(Int64.max / 4).brief == "640511947003803 h")
  }
}
