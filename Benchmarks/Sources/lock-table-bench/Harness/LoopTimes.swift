import SinglePaths

/// Nanoseconds of one time, of loops that take turns; round by round.
struct LoopTimes {
  private var nanoseconds: [ObjectIdentifier: [Double]] = [:]

  /// Measures each loop once, however often it is in the list, after a warm-up. A round's figure is the
  /// fastest of so many `turns`: each is over in a moment, and an interruption, which only makes it
  /// slower, would be most of it. With `onPool` what blocks runs in a task, too.
  init(_ loops: [Loop], rounds: Int, turns: Int, count: Int, onPool: Bool) {
    let order = loops.groups { ObjectIdentifier($0) }.map { $1[0] }
    for round in 0...rounds {
      var fastest = order.map { _ in Double.infinity }
      interleave(rounds: turns, order.count) { _, index in
        fastest[index] = min(fastest[index], time(order[index], count, onPool: onPool))
      }
      guard round > 0 else { continue }
      for (loop, time) in zip(order, fastest) {
        nanoseconds[ObjectIdentifier(loop), default: []].append(time)
      }
    }
  }

  subscript(loop: Loop) -> [Double] { nanoseconds[ObjectIdentifier(loop)] ?? [] }
}

/// Nanoseconds of one time. Not to be called from a task.
func time(_ loop: Loop, _ count: Int, onPool: Bool = false) -> Double {
  if !onPool, let time = loop.nanosecondsOnThread(count) { return time }
  return blocking { try await loop.nanoseconds(count) }
}
