/// A wait that has lasted for the threshold of a hook, or the end of such a wait. See
/// ``LockTable/onSlowWait(threshold:_:)``.
public struct SlowLockWait<Key: Hashable & Sendable>: Sendable, CustomStringConvertible {
  /// Whether a slow wait goes on.
  public enum State: String, Sendable, Hashable, Codable {
    /// The wait goes on.
    case continues
    /// The wait is over, and the waiter has the key.
    case acquired
    /// The wait is over. It is not known whether the waiter got the key: it gave up, or it has
    /// released the key already. Always so without diagnostics.
    case ended
  }

  /// Whether the wait goes on.
  public var state: State
  /// The key and its state when the table was inspected. After the end of the wait: when the wait
  /// was last seen.
  public var key: LockTableSnapshot<Key>.Entry
  /// The waiter. After the end of the wait its duration is the whole one, shown too long by up to
  /// the time between two inspections. In the state ``State/acquired`` that error is only a tick of
  /// the system's clock.
  public var waiter: LockParticipant

  /// Whether the wait is over.
  public var isOver: Bool { state != .continues }

  /// `a wait for account-42 of "accounts": exclusive, thread 4711, for 2 s; held: …`, or `a wait
  /// for account-42 of "accounts" is over: exclusive, thread 4711, for 2.5 s; it has the key`.
  public var description: String {
    switch state {
    case .continues:
      "a wait for \(key.qualifiedName): \(waiter); \(key.holdersInWords)"
    case .acquired:
      "a wait for \(key.qualifiedName) is over: \(waiter); it has the key"
    case .ended:
      "a wait for \(key.qualifiedName) is over: \(waiter)"
    }
  }
}

extension SlowLockWait: HookEvent {
  static func participants(of key: LockTableSnapshot<Key>.Entry) -> [LockParticipant] {
    key.waiters
  }

  init(key: LockTableSnapshot<Key>.Entry, participant: LockParticipant) {
    self.init(state: .continues, key: key, waiter: participant)
  }

  var participant: LockParticipant { waiter }

  mutating func end(_ end: ParticipantEnd) {
    state = end.holder == nil ? .ended : .acquired
    end.complete(&waiter)
  }
}

/// A hold that has lasted for the threshold of a hook, or the end of such a hold. See
/// ``LockTable/onLongHold(threshold:_:)``.
public struct LongLockHold<Key: Hashable & Sendable>: Sendable, CustomStringConvertible {
  /// Whether a long hold goes on.
  public enum State: String, Sendable, Hashable, Codable {
    /// The hold goes on.
    case continues
    /// The key was released.
    case ended
  }

  /// Whether the hold goes on.
  public var state: State
  /// The key and its state when the table was inspected. After the end of the hold: when the hold
  /// was last seen.
  public var key: LockTableSnapshot<Key>.Entry
  /// The participant that acquired the key. After the end of the hold its duration is the whole
  /// one, shown too long by up to the time between two inspections.
  public var holder: LockParticipant

  /// Whether the hold is over.
  public var isOver: Bool { state != .continues }

  /// `a hold of account-42 of "accounts": exclusive, thread 4711, for 2 s; 3 waiting`, or `a hold of
  /// account-42 of "accounts" is over: exclusive, thread 4711, for 2.5 s`.
  public var description: String {
    switch state {
    case .continues: "a hold of \(key.qualifiedName): \(holder); \(key.waiterCount) waiting"
    case .ended: "a hold of \(key.qualifiedName) is over: \(holder)"
    }
  }
}

extension LongLockHold: HookEvent {
  static func participants(of key: LockTableSnapshot<Key>.Entry) -> [LockParticipant] {
    key.holders
  }

  init(key: LockTableSnapshot<Key>.Entry, participant: LockParticipant) {
    self.init(state: .continues, key: key, holder: participant)
  }

  var participant: LockParticipant { holder }

  mutating func end(_ end: ParticipantEnd) {
    state = .ended
    end.complete(&holder)
  }
}

/// Acquirers that each wait for the next; the last one waits for the first. See
/// ``LockTable/onSuspectedDeadlock(_:)``.
public struct SuspectedDeadlock<Key: Hashable & Sendable>: Sendable, CustomStringConvertible {
  /// One of the acquirers, and the key that it waits for.
  public struct Wait: Sendable, CustomStringConvertible {
    /// The key, as in ``LockTableSnapshot/Entry/key``. Nil if it is a key of another table.
    public var key: Key?
    /// The key or its identity in words, as in ``LockTableSnapshot/Entry/name``.
    public var name: String
    /// The name of the key's table, if it has one.
    public var tableName: String?
    /// Whether the key is one of another table than the one whose hook is called.
    public var isInOtherTable: Bool
    /// The waiter.
    public var waiter: LockParticipant
    /// The acquirer that the waiter waits for, and that is the waiter of the next wait.
    public var blocker: LockParticipant
    /// Whether the blocker holds the key. If not, the blocker is a writer that waits for the key as
    /// well, and the waiter is a reader behind it in the queue.
    public var isHeldByBlocker: Bool

    package var printableTableName: String? { tableName.map { PrintableText.escaped($0) } }

    /// `thread 1 (request 7) waits for a of "accounts" (exclusive) at Server/Transfers.swift:42,
    /// held since Server/Transfers.swift:40 by thread 2 (request 8)`, or `…, behind thread 2
    /// (request 8)`. The labels and the places are there if they are known.
    public var description: String {
      let isNameless = isInOtherTable && tableName == nil
      let key = isNameless ? "\(name) of another table" : TableNaming.qualified(name, of: tableName)
      let place = waiter.callSite.map { " at \($0)" } ?? ""
      let since = blocker.callSite.map { " since \($0)" } ?? ""
      let relation = isHeldByBlocker ? "held\(since) by" : "behind"
      return """
        \(waiter.who) waits for \(key) (\(waiter.mode))\(place), \(relation) \(blocker.who)
        """
    }
  }

  /// The waits. Each waiter waits for the next one. There is one wait if an acquirer waits for a
  /// key that it holds itself.
  public var waits: [Wait]
  /// The wait that was failed to end the deadlock, if its table has the policy
  /// ``LockTableConfiguration/Diagnostics-swift.struct/DeadlockPolicy/failYoungest``.
  public var failedWait: Wait?

  /// One line: `suspected deadlock of 2: thread 1 waits for …; thread 2 waits for …`. At most 16
  /// waits are told, and the number of the others. If a wait was failed, the line ends with `; the
  /// wait of thread 2 was failed`.
  public var description: String {
    let shown = waits.prefix(16)
    let rest = waits.count > shown.count ? ["… and \(waits.count - shown.count) more"] : []
    let end = failedWait.map { ["the wait of \($0.waiter.who) was failed"] } ?? []
    return "suspected deadlock of \(waits.count): "
      + (shown.map(\.description) + rest + end).joined(separator: "; ")
  }
}

// As data, an event has its properties by their names.

extension SlowLockWait: Encodable where Key: Encodable {}
extension SlowLockWait: Decodable where Key: Decodable {}
extension LongLockHold: Encodable where Key: Encodable {}
extension LongLockHold: Decodable where Key: Decodable {}
extension SuspectedDeadlock: Encodable where Key: Encodable {}
extension SuspectedDeadlock: Decodable where Key: Decodable {}
extension SuspectedDeadlock.Wait: Encodable where Key: Encodable {}
extension SuspectedDeadlock.Wait: Decodable where Key: Decodable {}
