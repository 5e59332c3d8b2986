/// Who waits for whom, according to a snapshot; and the cycles in it.
///
/// There is an edge from an acquirer who waits for a key to each who holds it in another way, and from
/// a reader to the first writer who stands before it in the queue: readers who come after a writer wait
/// for the writer. Waits for several holders are waits for all of them, so each cycle is a
/// deadlock, if the acquirers are still those who have the holds.
struct WaitGraph<Key: Hashable & Sendable> {
  typealias Wait = SuspectedDeadlock<Key>.Wait

  private var edges: [LockAcquirer.Identity: [Wait]] = [:]
  private var starts: [LockAcquirer.Identity] = []

  /// `delay`: the waits from which cycles are looked for have lasted at least so long.
  init(_ snapshot: LockTableSnapshot<Key>, delay: Duration) {
    for entry in snapshot.keys {
      var firstWriter: LockParty?
      for waiter in entry.waiters {
        guard let acquirer = waiter.acquirer?.identity else { continue }
        func wait(for blocker: LockParty, holds: Bool) -> Wait {
          Wait(
            key: entry.key, name: entry.name, waiter: waiter, blocker: blocker,
            isHeldByBlocker: holds)
        }
        edges[acquirer, default: []] += entry.holders
          .filter { $0.mode == .exclusive || waiter.mode == .exclusive }
          .map { wait(for: $0, holds: true) }
        if let firstWriter, waiter.mode == .shared {
          edges[acquirer, default: []].append(wait(for: firstWriter, holds: false))
        }
        if waiter.mode == .exclusive {
          firstWriter = firstWriter ?? waiter
        }
        if let duration = waiter.duration, duration >= delay {
          starts.append(acquirer)
        }
      }
    }
  }

  /// As ``SuspectedDeadlock/edges``.
  var allEdges: [[UInt64]] {
    edges.values.joined().map { [$0.waiter.serial, $0.blocker.serial] }
  }

  /// Cycles that can be reached from a long wait, at least one of each group that is entangled.
  func cycles() -> [SuspectedDeadlock<Key>] {
    var found: [SuspectedDeadlock<Key>] = []
    var isDone: Set<LockAcquirer.Identity> = []
    for start in starts where !isDone.contains(start) {
      search(from: start, isDone: &isDone, found: &found)
    }
    return found
  }

  /// Depth first, without recursion: chains may be long.
  private func search(
    from start: LockAcquirer.Identity, isDone: inout Set<LockAcquirer.Identity>,
    found: inout [SuspectedDeadlock<Key>]
  ) {
    var path: [(acquirer: LockAcquirer.Identity, next: Int)] = [(start, 0)]
    var depths = [start: 0]
    while let (acquirer, next) = path.last {
      let waits = edges[acquirer] ?? []
      guard next < waits.count else {
        path.removeLast()
        depths[acquirer] = nil
        isDone.insert(acquirer)
        continue
      }
      path[path.count - 1].next += 1
      guard let blocker = waits[next].blocker.acquirer?.identity else { continue }
      if let depth = depths[blocker] {
        let cycle = path[depth...].compactMap { edges[$0.acquirer]?[$0.next - 1] }
        found.append(SuspectedDeadlock(waits: cycle))
      } else if !isDone.contains(blocker) {
        depths[blocker] = path.count
        path.append((blocker, 0))
      }
    }
  }
}

extension SuspectedDeadlock {
  /// What has to be there all the time for it to be a deadlock.
  var edges: Set<[UInt64]> {
    Set(waits.map { [$0.waiter.serial, $0.blocker.serial] })
  }

  /// What tells it from others: an acquirer can be in the way by more than one hold of a key.
  var identity: Set<UInt64> { Set(waits.map(\.waiter.serial)) }
}

extension LockAcquirer {
  /// Without the name, which may change.
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
