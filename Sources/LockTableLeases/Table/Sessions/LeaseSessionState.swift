internal import LockTable

/// How far a session has come.
enum LeaseSessionPhase: Sendable {
  case isToBegin, runs, isEnding, ended
}

/// What a session has of its keys. The session's mutex guards it.
struct LeaseSessionState<Key: LockKey> {
  var phase = LeaseSessionPhase.isToBegin
  /// What the store said when it ended by itself.
  var failure: LeaseStoreError?
  var slots: [Key: LeaseSlot] = [:]
  /// The same slots by the texts of their names, without the namespace.
  var names: [String: LeaseSlot] = [:]
  var starts: [ObjectIdentifier: Pause] = [:]
  /// The tasks that ask the engine, which the end of the session cancels.
  var requests: [ObjectIdentifier: ChildTask] = [:]
  var interest = 0
  var backgroundTasks = 0
  /// Who waits until nobody has interest in a key.
  var idleWaiter: Pause?
  var idleIgnoresInterest = false
}

extension LeaseSessionState {
  var isIdle: Bool { interest == 0 && backgroundTasks == 0 }

  mutating func takeIdleWaiter() -> Pause? {
    let isIdle = isIdle || idleIgnoresInterest && backgroundTasks == 0
    return isIdle ? idleWaiter.take() : nil
  }

  mutating func takeStarts() -> [Pause] {
    defer { starts = [:] }
    return Array(starts.values)
  }

  /// Nil: the key is not in use.
  mutating func enter(_ key: Key) -> LeaseSlot? {
    guard case .runs = phase, let slot = slots[key] else { return nil }
    slot.interest += 1
    interest += 1
    return slot
  }

  /// Nil: the session does not run.
  mutating func enter(_ key: Key, _ new: LeaseSlot) -> LeaseSlot? {
    guard case .runs = phase else { return nil }
    // Another caller may have been faster.
    if let slot = enter(key) { return slot }
    new.interest = 1
    interest += 1
    slots[key] = new
    new.next = names.updateValue(new, forKey: new.name.key)
    return new
  }

  mutating func leave(_ key: Key, _ slot: LeaseSlot) -> Bool {
    interest -= 1
    slot.interest -= 1
    guard slot.interest == 0 else { return false }
    slots[key] = nil
    removeName(of: slot)
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
