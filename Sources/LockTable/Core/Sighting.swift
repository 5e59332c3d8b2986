internal import CLockTable

/// Tells a hold or a wait of a table apart from all others of the table.
///
/// One with a record has a serial number. A wait without one is told apart by its key, its
/// beginning, its mode and its kind. Those that have all of it in common are numbered: if one of
/// them ends, it makes no difference which.
struct ParticipantIdentity: Hashable {
  /// Of the key. Another key may have the same.
  var hash: UInt64
  var serial: UInt64
  var began: UInt64
  var isShared = false
  var isTask = false
  var ordinal = 0

  /// Returns the identities of holders, or of waiters, of one key. Nil for one that can't be told
  /// apart.
  static func all(of participants: [LockParticipant], hash: UInt64) -> [Self?] {
    var counts: [Self: Int] = [:]
    return participants.map { participant in
      guard participant.serial == 0 else {
        return Self(hash: hash, serial: participant.serial, began: 0)
      }
      guard participant.sight.began != 0 else { return nil }
      var identity = Self(
        hash: hash, serial: 0, began: participant.sight.began,
        isShared: participant.mode == .shared,
        isTask: participant.isTask == true)
      let ordinal = counts[identity, default: 0]
      counts[identity] = ordinal + 1
      identity.ordinal = ordinal
      return identity
    }
  }
}

/// A hold or a wait that an inspection has seen.
struct Sighting<Event: HookEvent> {
  var identity: ParticipantIdentity
  var duration: Duration
  var event: Event

  static func all(in snapshot: LockTableSnapshot<Event.Key>) -> [Self] {
    snapshot.keys.flatMap { key in
      let participants = Event.participants(of: key)
      let identities = ParticipantIdentity.all(of: participants, hash: key.hash)
      return zip(participants, identities).compactMap { participant, identity in
        identity.map {
          Self(
            identity: $0, duration: participant.duration ?? .zero,
            event: Event(key: key, participant: participant))
        }
      }
    }
  }
}

/// The end of a hold or a wait.
struct ParticipantEnd {
  /// When it was noticed, on the clock of the core.
  var noticed: UInt64
  /// What became of a wait, if its key is held by the waiter.
  var holder: LockParticipant?

  /// Adds what is known of the end to the participant as it was seen last.
  func complete(_ participant: inout LockParticipant) {
    let ended = holder.map(\.sight.began) ?? noticed
    guard participant.sight.began != 0, ended > participant.sight.began else { return }
    let duration = Duration.nanoseconds(Int64(clamping: ended - participant.sight.began))
    participant.duration = max(duration, participant.duration ?? .zero)
  }
}

extension LockTable {
  /// Returns the ends of those holds or waits that are over. The others go on, or it is unknown.
  func ends(
    of identities: Set<ParticipantIdentity>, areWaits: Bool
  ) -> [ParticipantIdentity: ParticipantEnd] {
    var ends: [ParticipantIdentity: ParticipantEnd] = [:]
    for (hash, group) in Dictionary(grouping: identities, by: \.hash) {
      guard let look = look(at: hash, forWaits: areWaits) else { continue }
      for identity in group where !look.present.contains(identity) {
        ends[identity] = ParticipantEnd(
          noticed: look.moment, holder: look.holders[identity.serial])
      }
    }
    return ends
  }

  /// What keys of one hash show.
  private struct Look {
    /// The holds, or the waits, which include those of tasks that were handed the key and do not
    /// run: they may have to wait again.
    var present: Set<ParticipantIdentity> = []
    /// The holders by their serial numbers.
    var holders: [UInt64: LockParticipant] = [:]
    var moment: UInt64 = 0
  }

  /// Returns nil if not all is known: there is no memory, or there are too many participants.
  private func look(at hash: UInt64, forWaits areWaits: Bool) -> Look? {
    var look = Look()
    var isAll = true
    let isComplete = withExtendedLifetime(self) {
      core.inspect(hash: hash) { report in
        let (holders, waiters) = Self.participants(of: report)
        // A hold that has no record is not listed; one that was reported has one.
        isAll =
          isAll
          && (areWaits ? waiters.count == report.waiters : holders.count < LT_MOST_PARTICIPANTS)
        var listed = areWaits ? waiters : holders
        for holder in holders where holder.serial != 0 {
          if holder.sight.isUnclaimed {
            listed += areWaits ? [holder] : []
          } else {
            look.holders[holder.serial] = holder
          }
        }
        look.present.formUnion(
          ParticipantIdentity.all(of: listed, hash: hash).compactMap(\.self))
      }
    }
    look.moment = lt_now_ns()
    return isComplete && isAll ? look : nil
  }
}
