/// What a hook for slow waits or long holds is called with.
protocol HookEvent: Sendable {
  associatedtype Key: Hashable & Sendable

  /// The participants of the key that such events are of.
  static func participants(of key: LockTableSnapshot<Key>.Entry) -> [LockParticipant]

  init(key: LockTableSnapshot<Key>.Entry, participant: LockParticipant)

  var participant: LockParticipant { get }

  /// The event says from now on that the wait or hold is over.
  mutating func end(_ end: ParticipantEnd)
}

/// A hook for slow waits or long holds.
struct Hook<Event: HookEvent>: Sendable {
  let number: Int
  let threshold: Duration
  let body: @Sendable (Event) -> Void
  /// The waits or holds that were reported and whose end was not, as they were seen last.
  var reported: [ParticipantIdentity: Event] = [:]

  /// Returns the calls to make: for ends, and for what has lasted for the threshold and was not
  /// reported before.
  mutating func take(
    _ seen: [Sighting<Event>], ends: [ParticipantIdentity: ParticipantEnd]
  ) -> [HookCall] {
    var events = ends.compactMap { identity, end in
      var event = reported.removeValue(forKey: identity)
      event?.end(end)
      return event
    }
    events.sort { $0.participant.sight.began < $1.participant.sight.began }
    for sighting in seen where sighting.duration >= threshold {
      if reported.updateValue(sighting.event, forKey: sighting.identity) == nil {
        events.append(sighting.event)
      }
    }
    return events.map { event in HookCall(number: number) { [body] in body(event) } }
  }
}

/// A hook for deadlocks.
struct DeadlockHook<Key: Hashable & Sendable>: Sendable {
  let number: Int
  let body: @Sendable (SuspectedDeadlock<Key>) -> Void
  /// The identities of the deadlocks that were reported and have not ended.
  var reported: Set<Set<UInt64>> = []

  /// Returns the calls to make for deadlocks that were not reported before. `waits` are all waits
  /// that exist, or nil if they are unknown.
  mutating func take(_ deadlocks: [SuspectedDeadlock<Key>], of waits: Set<UInt64>?) -> [HookCall] {
    // Where waits form several cycles, each search may find another one: a report lasts as long as
    // its waits.
    if let waits {
      reported = reported.filter { $0.isSubset(of: waits) }
    }
    let fresh = deadlocks.filter { reported.insert($0.identity).inserted }
    return fresh.map { deadlock in HookCall(number: number) { [body] in body(deadlock) } }
  }
}

/// A call to make if the hook of that number is still there.
struct HookCall {
  let number: Int
  let body: () -> Void
}
