/// The waits of a snapshot as a graph of acquirers, and the cycles in it.
///
/// An acquirer that waits for a key has an edge to each holder whose mode conflicts with its own. A
/// waiting reader also has an edge to the first writer before it in the queue, because a reader
/// waits for the writers that arrived before it. A wait for several holders is a wait for all of
/// them. So each cycle is a deadlock, if the acquirers still have their holds.
struct WaitGraph<Key: Hashable & Sendable> {
  typealias Wait = SuspectedDeadlock<Key>.Wait

  private var edges: [LockAcquirer.Identity: [Wait]] = [:]
  private var starts: [LockAcquirer.Identity] = []

  /// The search for cycles starts from waits that have lasted for at least `delay`.
  init(_ snapshot: LockTableSnapshot<Key>, delay: Duration) {
    for entry in snapshot.keys {
      var firstWriter: LockParticipant?
      for waiter in entry.waiters {
        guard let acquirer = waiter.acquirer?.identity else { continue }
        func wait(for blocker: LockParticipant, holds: Bool) -> Wait {
          Wait(
            key: entry.key, name: entry.name, tableName: entry.tableName, waiter: waiter,
            blocker: blocker, isHeldByBlocker: holds)
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

  /// All edges, in the form of ``SuspectedDeadlock/edges``.
  var allEdges: [[UInt64]] {
    edges.values.joined().map { [$0.waiter.serial, $0.blocker.serial] }
  }

  /// Returns cycles that can be reached from a long wait, at least one of each group of entangled
  /// cycles.
  func cycles() -> [SuspectedDeadlock<Key>] {
    var found: [SuspectedDeadlock<Key>] = []
    var isDone: Set<LockAcquirer.Identity> = []
    for start in starts where !isDone.contains(start) {
      search(from: start, isDone: &isDone, found: &found)
    }
    return found
  }

  /// Searches depth first, without recursion: chains may be long.
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
  /// The pairs of a wait and its blocker, all of which must last for this to be a deadlock.
  var edges: Set<[UInt64]> {
    Set(waits.map { [$0.waiter.serial, $0.blocker.serial] })
  }

  /// What tells this deadlock from others. The blockers don't count: an acquirer can block another
  /// by more than one hold of a key.
  var identity: Set<UInt64> { Set(waits.map(\.waiter.serial)) }
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
