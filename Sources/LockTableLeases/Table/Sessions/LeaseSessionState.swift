internal import LockTable
internal import Synchronization

/// How far a session has come.
enum LeaseSessionPhase: Sendable {
  case isToBegin, runs, isEnding, ended
}

/// What a session has of its keys. The session's mutex guards it.
struct LeaseSessionState {
  var phase = LeaseSessionPhase.isToBegin
  /// What the store said when it ended by itself.
  var failure: LeaseStoreError?
  /// The slots of the keys in use, by the texts of their names without the namespace.
  var names: [String: LeaseSlot] = [:]
  var starts: [ObjectIdentifier: Pause] = [:]
  /// The tasks that ask the engine, which the end of the session cancels.
  var requests: [ObjectIdentifier: ChildTask] = [:]
  /// What waits for the engine before it tries once more.
  var retries: [ObjectIdentifier: Pause] = [:]
  /// How much is being given back, by tasks of its own or by the last callers of keys.
  var givingBack = 0
  /// Who waits until nobody has interest in a key.
  var idleWaiter: Pause?
  var idleIgnoresInterest = false
}

extension LeaseSessionState {
  var isIdle: Bool { names.isEmpty && givingBack == 0 }

  mutating func takeIdleWaiter() -> Pause? {
    let isIdle = isIdle || idleIgnoresInterest && givingBack == 0
    return isIdle ? idleWaiter.take() : nil
  }

  mutating func takeStarts() -> [Pause] {
    defer { starts = [:] }
    return Array(starts.values)
  }

  var allSlots: [LeaseSlot] { names.values.flatMap { Array($0.chain) } }

  /// Notes one more caller of a key in use. Returns false if it is not, or the session does not run.
  func enter(_ slot: LeaseSlot) -> Bool {
    guard case .runs = phase, slot.interest.load(ordering: .relaxed) > 0 else { return false }
    // The last caller leaves with the mutex only.
    slot.interest.add(1, ordering: .relaxed)
    return true
  }

  /// The same for a slot of which nobody knows so far.
  mutating func add(_ new: LeaseSlot) -> Bool {
    guard case .runs = phase else { return false }
    new.interest.store(1, ordering: .relaxed)
    new.next = names.updateValue(new, forKey: new.name.key)
    return true
  }

  /// Leaves a key, and removes it if nobody else wants it. Returns whether that was so: then the caller
  /// gives back what there is.
  mutating func leaveOrRemove(_ slot: LeaseSlot) -> Bool {
    let others = slot.interest.subtract(1, ordering: .acquiringAndReleasing).newValue
    guard others == 0 else { return false }
    removeName(of: slot)
    givingBack += 1
    return true
  }

  private mutating func removeName(of slot: LeaseSlot) {
    guard let first = names[slot.name.key] else { return }
    guard first !== slot else {
      names[slot.name.key] = slot.next
      return
    }
    // Only texts for keys that a caller makes can be equal.
    var last = first
    while let next = last.next, next !== slot {
      last = next
    }
    last.next = slot.next
  }
}
