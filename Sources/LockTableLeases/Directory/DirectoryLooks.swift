/// What the system told of a directory.
struct DirectoryNews {
  /// The texts of names that somebody has let go of.
  var closed: Set<String> = []
  /// The texts of names whose files were deleted, moved or replaced.
  var moved: Set<String> = []
  /// Whether more happened than the system could remember.
  var isIncomplete = false
  /// Whether the directory itself was deleted or moved.
  var isOfDirectory = false
}

/// When the thread looks at which name.
///
/// The system tells of a close before it drops the lock, and of a killed process too. So the thread
/// looks 0, 1, 10 and 100 ms after an event. For what was missed otherwise it looks at all names that
/// are waited for, once a second; where no events are heard, each 10 ms. While nobody waits it does
/// not look at all.
struct DirectoryLooks {
  private struct Look {
    var event: ContinuousClock.Instant
    var stage: Int

    var time: ContinuousClock.Instant { event + DirectoryLooks.delays[stage] }
  }

  private static let delays: [Duration] = [
    .zero, .milliseconds(1), .milliseconds(10), .milliseconds(100),
  ]

  private let roundInterval: Duration
  private var looks: [String: Look] = [:]
  /// Nil: nobody waits.
  private var nextRound: ContinuousClock.Instant?

  init(hearsEvents: Bool) {
    roundInterval = hearsEvents ? .seconds(1) : .milliseconds(10)
  }

  var isIdle: Bool { nextRound == nil }

  /// When the next look is due. Nil: never.
  var next: ContinuousClock.Instant? {
    guard let nextRound else { return nil }
    return looks.values.lazy.map(\.time).reduce(nextRound, min)
  }

  /// Nobody waits.
  mutating func stop() {
    looks = [:]
    nextRound = nil
  }

  /// Somebody has let go of the name.
  mutating func add(eventOf text: String, at time: ContinuousClock.Instant) {
    looks[text] = Look(event: time, stage: 0)
  }

  /// A wait has begun, perhaps just after an event.
  mutating func add(waitFor text: String, at time: ContinuousClock.Instant) {
    looks[text] = Look(event: time, stage: 1)
  }

  /// Returns the names to look at now. `all`: those that are waited for.
  mutating func due(_ all: Set<String>, at time: ContinuousClock.Instant) -> [String] {
    let round = nextRound ?? time + roundInterval
    nextRound = round
    guard time < round else {
      nextRound = time + roundInterval
      return Array(all)
    }
    return looks.filter { $0.value.time <= time }.map(\.key)
  }

  /// The look has found that the name is free, or not.
  mutating func didLook(at text: String, isFree: Bool, at time: ContinuousClock.Instant) {
    guard var look = looks[text], look.time <= time else { return }
    look.stage += 1
    looks[text] = isFree || look.stage == Self.delays.count ? nil : look
  }
}

extension DirectoryState {
  /// Returns what there is to report after the news, and after the waits that have begun.
  mutating func changes(
    after news: DirectoryNews, _ looks: inout DirectoryLooks
  ) -> [LeaseStoreChange] {
    let now = ContinuousClock.now
    let begun = watcher?.begun ?? []
    watcher?.begun = []
    var changes: [LeaseStoreChange] = []
    for text in news.isIncomplete ? texts : Array(news.moved) {
      changes += findLosses(of: text).map(LeaseStoreChange.lost)
    }
    guard !waiting.isEmpty else {
      looks.stop()
      return changes
    }
    for text in begun where waiting.contains(text) {
      looks.add(waitFor: text, at: now)
    }
    for text in news.isIncomplete ? waiting : news.closed.union(news.moved)
    where waiting.contains(text) {
      looks.add(eventOf: text, at: now)
    }
    for text in looks.due(waiting, at: now) {
      let name = nameIfFree(text)
      looks.didLook(at: text, isFree: name != nil || !waiting.contains(text), at: now)
      if let name { changes.append(.mayBeFree(name)) }
    }
    return changes
  }

  /// Lets go of a directory that is not where it was. Returns the claims that are lost with it.
  mutating func abandonDirectory() -> [LeaseStoreChange] {
    descriptors.close()
    return texts.flatMap { findLosses(of: $0) }.map(LeaseStoreChange.lost)
  }
}
