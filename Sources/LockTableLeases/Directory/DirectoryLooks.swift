/// What the system told of a directory.
package struct DirectoryNews {
  /// The texts of names that may be free, in the order of the events.
  private(set) var freed: [String] = []
  /// The texts of names whose files were deleted, moved or replaced.
  private(set) var moved: Set<String> = []
  /// Whether more happened than the system could remember.
  package var isIncomplete = false
  /// Whether the directory itself was deleted or moved.
  var isOfDirectory = false

  package init() {}

  /// Somebody has let go of the name.
  mutating func addClose(of text: String) {
    if freed.last != text { freed.append(text) }
  }

  /// Somebody has deleted, moved or replaced the file of the name.
  mutating func addMove(of text: String) {
    addClose(of: text)
    moved.insert(text)
  }
}

/// When the thread looks at which name.
///
/// The system tells of a close before it drops the lock, and of a killed process too. So the thread
/// looks 0, 1, 10 and 100 ms after an event. For what was missed otherwise it looks at all names that
/// are waited for, once a second; where no events are heard, each 10 ms. While nobody waits it does
/// not look at all.
///
/// Names are reported in the order of their events. A name that is found free without an event may
/// have one that is yet to be read, behind those of other names. So it is looked at again 1 ms later,
/// and reported then.
package struct DirectoryLooks {
  private struct Look {
    var event: ContinuousClock.Instant
    var stage: Int
    /// Whether a name that is found free may be reported at once.
    var isConfirmed: Bool

    var time: ContinuousClock.Instant { event + DirectoryLooks.delays[stage] }
  }

  private static let delays: [Duration] = [
    .zero, .milliseconds(1), .milliseconds(10), .milliseconds(100),
  ]

  private let hearsEvents: Bool
  private let roundInterval: Duration
  private var looks: [String: Look] = [:]
  /// The order of the events, for names that are waited for.
  private var numbers: [String: Int] = [:]
  private var lastNumber = 0
  /// Nil: nobody waits.
  private var nextRound: ContinuousClock.Instant?

  package init(hearsEvents: Bool) {
    self.hearsEvents = hearsEvents
    roundInterval = hearsEvents ? .seconds(1) : .milliseconds(10)
  }

  /// When the next look is due. Nil: never.
  package var next: ContinuousClock.Instant? {
    guard let nextRound else { return nil }
    return looks.values.lazy.map(\.time).reduce(nextRound, min)
  }

  /// Nobody waits.
  mutating func stop() {
    looks = [:]
    numbers = [:]
    nextRound = nil
  }

  /// Somebody has let go of the name.
  mutating func add(eventOf text: String, at time: ContinuousClock.Instant) {
    add(Look(event: time, stage: 0, isConfirmed: true), of: text)
  }

  /// A wait has begun, perhaps just after an event.
  mutating func add(waitFor text: String, at time: ContinuousClock.Instant) {
    add(Look(event: time, stage: 1, isConfirmed: !hearsEvents), of: text)
  }

  private mutating func add(_ look: Look, of text: String) {
    looks[text] = look
    lastNumber += 1
    numbers[text] = lastNumber
  }

  /// Returns the names to look at now, in the order of the events. `all`: those that are waited for.
  mutating func due(_ all: Set<String>, at time: ContinuousClock.Instant) -> [String] {
    let round = nextRound ?? time + roundInterval
    guard time >= round else {
      nextRound = round
      return sorted(looks.filter { $0.value.time <= time }.map(\.key))
    }
    nextRound = time + roundInterval
    looks = looks.filter { all.contains($0.key) }
    numbers = numbers.filter { all.contains($0.key) }
    return sorted(Array(all))
  }

  private func sorted(_ texts: [String]) -> [String] {
    guard texts.count > 1 else { return texts }
    return texts.sorted { numbers[$0, default: 0] < numbers[$1, default: 0] }
  }

  /// Nobody waits for the name any more.
  mutating func remove(_ text: String) {
    looks[text] = nil
    numbers[text] = nil
  }

  /// The look has found that the name is free, or not. Returns whether that is to be reported.
  mutating func didLook(
    at text: String, isFree: Bool, at time: ContinuousClock.Instant
  ) -> Bool {
    let look = looks[text]
    if isFree {
      let isConfirmed = look?.isConfirmed ?? !hearsEvents
      looks[text] = isConfirmed ? nil : Look(event: time, stage: 1, isConfirmed: true)
      return isConfirmed
    }
    guard var look, look.time <= time else { return false }
    look.stage += 1
    looks[text] = look.stage == Self.delays.count ? nil : look
    return false
  }
}

extension DirectoryState {
  /// Returns what there is to report after the news, and after the waits that have begun.
  package mutating func changes(
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
    for text in news.isIncomplete ? Array(waiting) : news.freed where waiting.contains(text) {
      looks.add(eventOf: text, at: now)
    }
    for text in looks.due(waiting, at: now) {
      guard waiting.contains(text) else {
        looks.remove(text)
        continue
      }
      let name = nameIfFree(text)
      let isReported = looks.didLook(at: text, isFree: name != nil, at: now)
      if let name, isReported { changes.append(.mayBeFree(name)) }
    }
    return changes
  }

  /// Lets go of a directory that is not where it was. Returns the claims that are lost with it.
  mutating func abandonDirectory() -> [LeaseStoreChange] {
    descriptors.close()
    return texts.flatMap { findLosses(of: $0) }.map(LeaseStoreChange.lost)
  }
}
