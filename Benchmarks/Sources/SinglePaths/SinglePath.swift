/// A way through LockTable that one thread or one task takes without meeting another: what it does, what
/// its time is divided by, and what the ratio must keep. Each list of single paths is made of these.
public struct SinglePath: Sendable {
  /// What the table's keys are.
  public enum KeyType: String, Sendable {
    case int
    /// Of 32 bytes, which is too long to be kept inside the `String`.
    case string
  }

  /// Of the path's table.
  public let keyType: KeyType
  /// What is measured.
  public let loop: Loop
  /// What it is compared with.
  public let yardstick: Loop
  /// The path's time is at most so many times the yardstick's; nil if there is no bound.
  public let bound: Double?
  /// The path does at least so many times the operations of the fastest lock for tasks that is as exact
  /// and written in Swift; nil if there is no bound.
  public let leastGain: Double?

  /// The loop's.
  public var name: String { loop.name }
  /// The loop's name and the type of the keys, as a part of a file's name: "withLock-blocking-int".
  public var identifier: String {
    "\(name), \(keyType)".split { ", ".contains($0) }.joined(separator: "-")
  }

  init(
    _ keyType: KeyType, _ loop: Loop, over yardstick: Loop, atMost bound: Double? = nil,
    leastGain: Double? = nil
  ) {
    self.keyType = keyType
    self.loop = loop
    self.yardstick = yardstick
    self.bound = bound
    self.leastGain = leastGain
  }
}
