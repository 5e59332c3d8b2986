/// A table of values by key, each with a lock of its own.
///
///     let sessions = MutexTable<String, Session>()
///     sessions.withLock(id) { value in value = Session() }
///     sessions.withLock(id) { value in value?.requests += 1 }
///     sessions.withLock(id) { value in value = nil }
///
/// A key's value is nil until a body sets it, and again once a body sets it to nil. So insertion,
/// update and removal are one form. The value lives where the key's lock does, so one look-up finds
/// both. A key whose value is nil uses no memory unless somebody holds it or waits for it.
///
/// What ``LockTable`` guarantees of keys is true here, too: different keys never wait for each
/// other, threads and tasks wait in one queue, and the same forms have the same limits.
///
/// What is different:
///
/// - A body that throws keeps what it has changed: the table has no copy to go back to. Change the
///   value last, or put it back before you throw. If a call ends before its body has begun (it is
///   late, cancelled or refused), the value is as it was.
/// - A value that a body overwrites or sets to nil ends in the body, while the key is held. To let
///   it end afterwards, move it out: `let old = sessions.withLock(id) { value in value.take() }`.
///   All other values end with no lock held.
/// - A value counts as one use of its key. So ``count`` counts values, ``lockedCount`` counts the
///   keys that callers use at the moment, and neither says anything about the other.
///
/// The exclusive forms need no `Sendable` value: a body may neither keep a reference to what is in
/// the value nor put one in that it keeps, as with `Mutex`. Readers run side by side, so the shared
/// forms are there if the value is `Sendable`. Values may be `~Copyable`.
///
/// It is not a cache, and nothing is evicted: a value stays until a body or
/// `removeAll(where:)` removes it. For state that should live as long as somebody
/// uses its key, there is ``StateTable``.
public final class MutexTable<Key: Hashable & Sendable, Value: ~Copyable>: @unchecked Sendable {
  // Sound to share: a value is reached by the holders of its key only.

  /// The configuration of a table.
  public typealias Configuration = LockTableConfiguration

  /// The locks of the keys: for statistics, hooks, and whatever else takes a ``LockTable``. A key
  /// that is held by it is held here, and its value stays as it is. Its ``LockTable/count`` and
  /// ``LockTable/isEmpty`` include keys that are there for their value only.
  public let locks: LockTable<Key>

  private let values: KeptValues

  /// Makes an empty table. Its name appears in errors and wherever else people read of the table.
  ///
  /// Traps if memory runs out, or if the configuration is out of range.
  public convenience init(name: String? = nil, configuration: Configuration = Configuration()) {
    self.init(name: name, configuration: configuration, isMonitored: true)
  }

  /// A table that is not monitored is for tests that decide themselves when a woken waiter runs.
  package init(name: String? = nil, configuration: Configuration, isMonitored: Bool) {
    var random = SystemRandomNumberGenerator()
    values = KeptValuesOf<Value?>()
    locks = LockTable(
      name: name, configuration: configuration, seed: (random.next() | 1, random.next()),
      isMonitored: isMonitored, purpose: .values(values, inUseOnly: false))
  }

  /// Ends the values. Nobody holds a key by the table: a scope and a guard keep it.
  deinit {
    locks.core.endValues()
  }
}
