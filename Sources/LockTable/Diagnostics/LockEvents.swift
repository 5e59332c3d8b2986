/// A wait that has lasted long. See ``LockTable/onSlowWait(threshold:_:)``.
public struct SlowLockWait<Key: Hashable & Sendable>: Sendable, CustomStringConvertible {
  /// The key and its state, as it was looked at.
  public var key: LockTableSnapshot<Key>.Entry
  /// Who waits.
  public var waiter: LockParty

  /// `a wait for account-42: exclusive, thread 4711, for 2.0 seconds; held: …`.
  public var description: String {
    let holders = key.holders.map(\.description).joined(separator: "; ")
    return "a wait for \(key.name): \(waiter)" + (holders.isEmpty ? "" : "; held: \(holders)")
  }
}

/// A hold that has lasted long. See ``LockTable/onLongHold(threshold:_:)``.
public struct LongLockHold<Key: Hashable & Sendable>: Sendable, CustomStringConvertible {
  /// The key and its state, as it was looked at.
  public var key: LockTableSnapshot<Key>.Entry
  /// Who acquired it.
  public var holder: LockParty

  /// `a hold of account-42: exclusive, thread 4711, for 2.0 seconds; 3 waiting`.
  public var description: String {
    "a hold of \(key.name): \(holder); \(key.waiterCount) waiting"
  }
}

/// Acquirers each of whom waits for the next, and the last for the first. See
/// ``LockTable/onSuspectedDeadlock(_:)``.
public struct SuspectedDeadlock<Key: Hashable & Sendable>: Sendable, CustomStringConvertible {
  /// One of them, and the key that it waits for.
  public struct Wait: Sendable, CustomStringConvertible {
    /// The key. As ``LockTableSnapshot/Entry/key``.
    public var key: Key?
    /// The key, or its identity, in words. As ``LockTableSnapshot/Entry/name``.
    public var name: String
    /// Who waits.
    public var waiter: LockParty
    /// Who is in the way, and waits next.
    public var blocker: LockParty
    /// Whether the blocker holds the key. If not, it is a writer who waits for the key as well, and
    /// whom this reader stands behind in the queue.
    public var isHeldByBlocker: Bool

    /// `thread 1 waits for a (exclusive), held by thread 2`, or `…, behind thread 2`.
    public var description: String {
      let who = waiter.acquirer.map(\.description) ?? "?"
      let whom = blocker.acquirer.map(\.description) ?? "?"
      let how = isHeldByBlocker ? "held by" : "behind"
      return "\(who) waits for \(name) (\(waiter.mode)), \(how) \(whom)"
    }
  }

  /// Each waits for the next. One, if an acquirer waits for what it holds itself.
  public var waits: [Wait]

  /// A line for each wait.
  public var description: String {
    "suspected deadlock of \(waits.count)" + waits.map { "\n  \($0)" }.joined()
  }
}
