internal import CLockTable

/// The live keys of a ``LockTable``, as each was at some moment while ``LockTable/snapshot()`` ran.
public struct LockTableSnapshot<Key: Hashable & Sendable>: Sendable, CustomStringConvertible {
  /// A key that is held or waited for.
  public struct Entry: Sendable, CustomStringConvertible {
    /// The key. Nil if the table keeps only an identity from which the key can't be made again:
    /// keys with a `lockIdentity` of their own need ``LockKey/init(lockIdentity:)``.
    public var key: Key?
    /// The key in words, on one line and safe to print. A key of several parts is its parts,
    /// `7/Jörg`, and a wrapper is what it wraps, unless it has a description. Control characters are
    /// escaped as in a literal of Swift, and bytes are hexadecimal digits. A long part is cut off
    /// after its beginning, with its length. ``key`` is the key as it is.
    public var name: String
    /// The table's name, if it has one.
    public var tableName: String?
    /// The number of holders. Of a key of a ``SemaphoreTable``, how many of its permits are out.
    public var holderCount: Int
    /// How many permits the key has, in a ``SemaphoreTable``. Nil for a lock.
    public var capacity: Int?
    /// The number of waiters.
    public var waiterCount: Int
    /// The mode in which the key is held. Nil if one of its waiters is about to take it.
    public var mode: LockMode?
    /// The holders that have had the key for longest, up to 64. Empty without diagnostics.
    public var holders: [LockParticipant]
    /// The waiters in the order of the queue, up to 64.
    public var waiters: [LockParticipant]

    /// The core's hash of the key. Another key may have the same.
    var hash: UInt64 = 0

    /// A line for the key, `account-42: held exclusively, 2 waiting`, and one for each participant.
    public var description: String { lines }

    /// `held: exclusive, thread 4711, …; held: …; … and 2 more`, for one line; without diagnostics
    /// the mode.
    package var holdersInWords: String {
      guard !holders.isEmpty else { return modeInWords }
      let shown = holders.prefix(4)
      let rest = holderCount > shown.count ? ["… and \(holderCount - shown.count) more"] : []
      return (shown.map { "held: \($0)" } + rest).joined(separator: "; ")
    }

    package var printableTableName: String? { tableName.map { PrintableText.escaped($0) } }

    /// `account-42 of "accounts"`.
    package var qualifiedName: String { TableNaming.qualified(name, of: tableName) }
  }

  /// The keys. The key with the most waiters comes first; of keys with as many waiters, the one
  /// with the longest wait.
  public var keys: [Entry]

  /// Whether all keys are included. False if the table had no memory to inspect all of them: then
  /// some keys of a stripe with more than 32 keys are missing, or all keys are.
  public var isComplete = true

  /// A line for each key, and under it its holders and waiters. If keys are missing, the last line
  /// says so. Keys and names can't add lines: ``Entry/name`` says how they are printed.
  public var description: String { KeyStates.description(of: keys, areAll: isComplete) }
}

// As data, a snapshot has the properties of each type by their names. What is nil is missing. The
// article "Diagnosing a stuck server" documents the form.

extension LockTableSnapshot: Encodable where Key: Encodable {}
extension LockTableSnapshot: Decodable where Key: Decodable {}
extension LockTableSnapshot.Entry: Encodable where Key: Encodable {}
extension LockTableSnapshot.Entry: Decodable where Key: Decodable {}

extension LockTableSnapshot.Entry: KeyState {
  private enum CodingKeys: String, CodingKey {
    case key, name, tableName, holderCount, capacity, waiterCount, mode, holders, waiters
  }
}

extension LockTable {
  /// Returns the live keys, with their holders and waiters.
  ///
  /// Without diagnostics, a snapshot has the keys, the number of their holders and waiters, the
  /// modes, and how long each waiter has waited. With
  /// ``LockTableConfiguration/diagnostics-swift.property``, it also has the acquirers, and how long
  /// each key has been held.
  ///
  /// Each key is as it was at one moment; the moments differ. A snapshot delays no caller for
  /// longer than a step for each key of one stripe, or 128 steps for one key. A snapshot costs time
  /// and memory for each live key. If there is no memory for all of them,
  /// ``LockTableSnapshot/isComplete`` is false. A snapshot is for people, for logs, and for tests:
  /// a program that decides by it decides by a state that has passed.
  public func snapshot() -> LockTableSnapshot<Key> {
    monitor.retry(for: self)
    return snapshot(waitedForOnly: false)
  }

  func snapshot(waitedForOnly: Bool) -> LockTableSnapshot<Key> {
    withExtendedLifetime(self) { parts.snapshot(waitedForOnly: waitedForOnly) }
  }

  /// Returns the listed holders and waiters.
  static func participants(
    of report: lt_report_t
  ) -> (holders: [LockParticipant], waiters: [LockParticipant]) {
    // Sound: both lists are valid as long as the core shows the report.
    let holders = UnsafeBufferPointer(start: report.holder_list, count: report.listed_holders)
    let waiters = UnsafeBufferPointer(start: report.waiter_list, count: report.listed_waiters)
    return (
      holders.map { LockParticipant($0, isHolder: true) },
      waiters.map { LockParticipant($0, isHolder: false) }
    )
  }

  /// Returns the holder that has had the key for longest, if there is a record of it.
  static func firstHolder(of report: lt_report_t) -> LockParticipant? {
    // Sound: as above.
    UnsafeBufferPointer(start: report.holder_list, count: report.listed_holders).first
      .map { LockParticipant($0, isHolder: true) }
  }

  /// Returns the key, if it can be made again, and words for it.
  static func identify(_ report: lt_report_t, as naming: TableNaming) -> (Key?, String) {
    let key = knownKey(of: report)
    if [LT_KEYS_OPAQUE, LT_KEYS_VALUE, LT_KEYS_OWNING].contains(report.kind) {
      return (key, key.map { naming.text(for: $0) } ?? "?")
    }
    let bytes = UnsafeRawBufferPointer(start: report.bytes, count: report.length)
    guard let type = Key.self as? any LockKey.Type else { return (nil, "?") }
    let identity = report.kind == LT_KEYS_INTEGER ? nil : bytes
    if let name = naming.text(forIdentity: report.integer, bytes: identity) {
      return (key, name)
    }
    if let key {
      return (key, naming.text(for: key))
    }
    if case .key = naming.keys.choice {
      let parts = type.printableParts(integer: report.integer, bytes: bytes)
      return (nil, PrintableText.joined(parts))
    }
    return (nil, naming.text(for: type.identity(integer: report.integer, bytes: bytes)))
  }
}

extension LockTable {
  /// The key of a report. Nil if only its identity is known.
  static func knownKey(of report: lt_report_t) -> Key? {
    if [LT_KEYS_OPAQUE, LT_KEYS_VALUE, LT_KEYS_OWNING].contains(report.kind) {
      return report.bytes.flatMap { opaqueKey(storedAt: $0) }
    }
    let bytes = UnsafeRawBufferPointer(start: report.bytes, count: report.length)
    let type = Key.self as? any LockKey.Type
    return type?._make(lockInteger: report.integer, lockBytes: bytes) as? Key
  }
}

extension LockTableSnapshot.Entry {
  var longestWait: Duration { waiters.compactMap(\.duration).max() ?? .zero }
}

extension LockKey {
  /// Returns what is known of a key that can't be made of its identity: the identity, or its bytes.
  fileprivate static func identity(
    integer: UInt64, bytes: UnsafeRawBufferPointer
  ) -> any Hashable & Sendable {
    if let key = _make(lockInteger: integer, lockBytes: bytes) { return key }
    guard LockIdentity.self != Self.self else { return [UInt8](bytes) }
    return LockIdentity.identity(integer: integer, bytes: bytes)
  }
}
