/// The waits of some tables as a graph of acquirers, and the cycles in it.
///
/// An acquirer that waits for a key has an edge to each holder whose mode conflicts with its own. A
/// waiting reader also has an edge to the first writer before it in the queue, because a reader
/// waits for the writers that arrived before it. A wait for several holders is a wait for all of
/// them. So each cycle is a deadlock, if the acquirers still have their holds.
struct WaitGraph {
  /// An edge: an acquirer waits for another one, because of a key of one of the tables.
  struct Wait {
    var table: Int
    var key: Int
    var waiter: LockParticipant
    var blocker: LockParticipant
    var isHeldByBlocker: Bool

    /// What must last for the edge to last.
    var serials: [UInt64] { [waiter.serial, blocker.serial] }
  }

  private var numbers: [LockAcquirer.Identity: Int] = [:]
  /// For each acquirer that waits, its edges.
  private var edges: [[Wait]] = []
  private var starts: [Int] = []

  /// The search for cycles starts from waits in the first table that have lasted for at least
  /// `delay`.
  init(_ tables: [WaitedKeys], delay: Duration) {
    for (table, waited) in tables.enumerated() {
      for (key, entry) in waited.keys.enumerated() {
        add(entry, delay: table == 0 ? delay : nil) { waiter, blocker, isHeldByBlocker in
          Wait(
            table: table, key: key, waiter: waiter, blocker: blocker,
            isHeldByBlocker: isHeldByBlocker)
        }
      }
    }
  }

  private mutating func add(
    _ key: WaitedKeys.Key, delay: Duration?,
    _ wait: (LockParticipant, LockParticipant, _ isHeldByBlocker: Bool) -> Wait
  ) {
    var firstWriter: LockParticipant?
    for waiter in key.waiters {
      guard let acquirer = waiter.acquirer?.identity else { continue }
      let number = numbers[acquirer] ?? edges.count
      if number == edges.count {
        numbers[acquirer] = number
        edges.append([])
      }
      edges[number] += key.holders
        .filter { $0.mode == .exclusive || waiter.mode == .exclusive }
        .map { wait(waiter, $0, true) }
      if let firstWriter, waiter.mode == .shared {
        edges[number].append(wait(waiter, firstWriter, false))
      }
      if waiter.mode == .exclusive {
        firstWriter = firstWriter ?? waiter
      }
      if let delay, let duration = waiter.duration, duration >= delay {
        starts.append(number)
      }
    }
  }

  var allEdges: [Wait] { edges.flatMap(\.self) }

  /// Returns cycles, each from an acquirer of a long wait on. Each such acquirer that is in a cycle
  /// is in one of those returned.
  func cycles() -> [[Wait]] {
    guard !starts.isEmpty else { return [] }
    let targets = edges.map { waits in
      waits.map { wait in wait.blocker.acquirer.flatMap { numbers[$0.identity] } }
    }
    let isCandidate = candidates(targets)
    var isFound = Array(repeating: false, count: edges.count)
    var found: [[Wait]] = []
    for start in starts where isCandidate[start] && !isFound[start] {
      guard let cycle = shortestCycle(from: start, targets, within: isCandidate) else { continue }
      for wait in cycle {
        if let acquirer = wait.waiter.acquirer, let number = numbers[acquirer.identity] {
          isFound[number] = true
        }
      }
      found.append(cycle)
    }
    return found
  }

  /// Leaves out acquirers that wait for none of those that are left, until there are no more such
  /// acquirers. In a graph without cycles all are left out.
  private func candidates(_ targets: [[Int?]]) -> [Bool] {
    var isCandidate = Array(repeating: true, count: edges.count)
    var counts = targets.map { $0.count { $0 != nil } }
    var sources: [[Int]] = Array(repeating: [], count: edges.count)
    for (number, targets) in targets.enumerated() {
      for target in targets.compactMap(\.self) {
        sources[target].append(number)
      }
    }
    var free = counts.indices.filter { counts[$0] == 0 }
    while let number = free.popLast() {
      isCandidate[number] = false
      for source in sources[number] {
        counts[source] -= 1
        if counts[source] == 0 {
          free.append(source)
        }
      }
    }
    return isCandidate
  }

  /// Searches breadth first. A step leads from an acquirer to one that it waits for.
  private func shortestCycle(
    from start: Int, _ targets: [[Int?]], within isCandidate: [Bool]
  ) -> [Wait]? {
    // How each acquirer was reached: from which, and by which of its edges.
    var steps: [Int: (from: Int, edge: Int)] = [:]
    var next = [start]
    while !next.isEmpty {
      let current = next
      next = []
      for number in current {
        for (edge, target) in targets[number].enumerated() {
          guard let target, isCandidate[target], steps[target] == nil else { continue }
          steps[target] = (number, edge)
          if target == start {
            return way(to: start, by: steps)
          }
          next.append(target)
        }
      }
    }
    return nil
  }

  private func way(to start: Int, by steps: [Int: (from: Int, edge: Int)]) -> [Wait] {
    var waits: [Wait] = []
    var number = start
    repeat {
      guard let step = steps[number] else { break }
      waits.append(edges[step.from][step.edge])
      number = step.from
    } while number != start
    return waits.reversed()
  }
}

extension LockAcquirer {
  /// An acquirer without its name, which may change.
  struct Identity: Hashable {
    var isTask: Bool
    var id: UInt64
  }

  var identity: Identity {
    switch self {
    case .thread(let id, _): Identity(isTask: false, id: id)
    case .task(let id, _): Identity(isTask: true, id: id)
    }
  }
}
