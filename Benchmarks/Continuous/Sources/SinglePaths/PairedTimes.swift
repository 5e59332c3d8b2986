/// The shortest times of two loops that take turns: whatever interrupts one of them does not count, and
/// what slows the machine down slows both.
public struct PairedTimes {
  private var shortest = (Duration.seconds(3_600), Duration.seconds(3_600))

  /// Often enough for one of each that nothing has interrupted.
  public static let turns = 20
  /// Of each turn: short beside a time slice, long beside reading the clock.
  public static let count = 2_000

  /// Without any times yet.
  public init() {}

  /// Takes the times of one turn.
  public mutating func add(_ time: Duration, beside reference: Duration) {
    shortest = (min(shortest.0, time), min(shortest.1, reference))
  }

  /// The first divided by the second, in percent.
  public var percent: Int { Int((shortest.0 / shortest.1 * 100).rounded()) }
}
