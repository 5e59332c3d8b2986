/// A wait that has lasted for the threshold of a hook. See ``LockTable/onSlowWait(threshold:_:)``.
public struct SlowLockWait<Key: Hashable & Sendable>: Sendable, CustomStringConvertible {
  /// The key and its state when the table was inspected.
  public var key: LockTableSnapshot<Key>.Entry
  /// The waiter.
  public var waiter: LockParticipant

  /// `a wait for account-42: exclusive, thread 4711, for 2 s; held: …`.
  public var description: String {
    let holders = key.holders.map(\.description).joined(separator: "; ")
    return "a wait for \(key.name): \(waiter)" + (holders.isEmpty ? "" : "; held: \(holders)")
  }
}

/// A hold that has lasted for the threshold of a hook. See ``LockTable/onLongHold(threshold:_:)``.
public struct LongLockHold<Key: Hashable & Sendable>: Sendable, CustomStringConvertible {
  /// The key and its state when the table was inspected.
  public var key: LockTableSnapshot<Key>.Entry
  /// The participant that acquired the key.
  public var holder: LockParticipant

  /// `a hold of account-42: exclusive, thread 4711, for 2 s; 3 waiting`.
  public var description: String {
    "a hold of \(key.name): \(holder); \(key.waiterCount) waiting"
  }
}

/// Acquirers that each wait for the next; the last one waits for the first. See
/// ``LockTable/onSuspectedDeadlock(_:)``.
public struct SuspectedDeadlock<Key: Hashable & Sendable>: Sendable, CustomStringConvertible {
  /// One of the acquirers, and the key that it waits for.
  public struct Wait: Sendable, CustomStringConvertible {
    /// The key, as in ``LockTableSnapshot/Entry/key``.
    public var key: Key?
    /// The key or its identity in words, as in ``LockTableSnapshot/Entry/name``.
    public var name: String
    /// The waiter.
    public var waiter: LockParticipant
    /// The acquirer that the waiter waits for, and that is the waiter of the next wait.
    public var blocker: LockParticipant
    /// Whether the blocker holds the key. If not, the blocker is a writer that waits for the key as
    /// well, and the waiter is a reader behind it in the queue.
    public var isHeldByBlocker: Bool

    /// `thread 1 waits for a (exclusive) at Server/Transfers.swift:42, held by thread 2`, or
    /// `…, behind thread 2`.
    public var description: String {
      let waiting = waiter.acquirer.map(\.description) ?? "?"
      let blocking = blocker.acquirer.map(\.description) ?? "?"
      let relation = isHeldByBlocker ? "held by" : "behind"
      let place = waiter.callSite.map { " at \($0)" } ?? ""
      return "\(waiting) waits for \(name) (\(waiter.mode))\(place), \(relation) \(blocking)"
    }
  }

  /// The waits. Each waiter waits for the next one. There is one wait if an acquirer waits for a
  /// key that it holds itself.
  public var waits: [Wait]

  /// One line with the number of waits, and a line for each wait.
  public var description: String {
    "suspected deadlock of \(waits.count)" + waits.map { "\n  \($0)" }.joined()
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
