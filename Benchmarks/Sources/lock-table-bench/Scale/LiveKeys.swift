import LockTable

// Many keys are held, and one that is not goes in and out.

/// A contender with so many keys that are held.
private struct Holder {
  let subject: Subject
  let value: Int
  /// Locks and unlocks the fresh keys one after the other, so many times in all. Returns nanoseconds.
  let timeFreshKeys: (_ count: Int) -> Double

  init<C: Contender>(_ name: String, _ role: Role, _ contender: C, holding value: Int)
  where C.Key == Int {
    subject = Subject(name: name, role: role, violations: 0)
    self.value = value
    timeFreshKeys = { count in
      let begin = monotonicNanoseconds()
      for number in 0..<count { contender.run(value + number & (freshKeys - 1)) {} }
      return Double(monotonicNanoseconds() - begin)
    }
  }
}

/// Different keys that go in and out.
private let freshKeys = 1 << 10

/// Measures each contender at each number of keys that are held.
func measureLiveKeys(
  _ values: [Int], _ effort: Effort, _ show: (String) -> Void
) -> [ScalePoint] {
  var points: [ScalePoint] = []
  hold(values[...], [], show) { points = measure($0, effort, show) }
  return points
}

/// Holds keys of two contenders for each of the values while `body` runs: those of the first value here, the
/// others in the calls inside.
private func hold(
  _ values: ArraySlice<Int>, _ others: [Holder], _ show: (String) -> Void,
  _ body: ([Holder]) -> Void
) {
  guard let value = values.first else { return body(others) }
  show("holding \(grouped(value))")
  let (table, dictionary) = (LockTable<Int>(), PthreadDictionary<Int, PthreadMutex>())
  let name = "refcounted pthread, \(stripeCount) stripes"
  let holders = [
    Holder("LockTable", .lockTable, LockTableContender(table), holding: value),
    Holder(name, .exact, dictionary, holding: value),
  ]
  for key in 0..<value { dictionary.acquire(key) }
  table.withLock(all: 0..<value) { hold(values.dropFirst(), others + holders, show, body) }
  for key in 0..<value { dictionary.release(key) }
}

private func measure(
  _ holders: [Holder], _ effort: Effort, _ show: (String) -> Void
) -> [ScalePoint] {
  var points = holders.map { ScalePoint(subject: $0.subject, value: $0.value) }
  // As many operations for all, chosen so that the fastest take about the time that was asked for.
  let count = max(Int(effort.seconds * 1e9 / 40) / freshKeys, 1) * freshKeys
  for holder in holders { _ = holder.timeFreshKeys(count / 4) }
  interleave(rounds: effort.rounds, holders.count) { round, index in
    let (holder, progress) = (holders[index], "round \(round + 1) of \(effort.rounds)")
    show("\(progress): \(grouped(holder.value)), \(holder.subject.name)")
    let instructions = countingInstructions {
      points[index].nanoseconds.append(holder.timeFreshKeys(count) / Double(count))
    }
    points[index].instructions = instructions.map { Double($0) / Double(count) }
  }
  return points
}
