internal import CLockTable

/// The live keys of a ``LockTable``, as each was at some moment while ``LockTable/snapshot()`` ran.
public struct LockTableSnapshot<Key: Hashable & Sendable>: Sendable, CustomStringConvertible {
  /// A key that is held or waited for.
  public struct Entry: Sendable, CustomStringConvertible {
    /// The key. Nil where the table keeps only an identity that it can't be made of again: for keys
    /// that declare a `lockIdentity` of their own.
    public var key: Key?
    /// The key, or its identity, in words, fit to be printed: on one line, with control characters
    /// escaped as in a literal of Swift, bytes as hexadecimal digits, and of long ones the beginning and
    /// the length. ``key`` is the key as it is.
    public var name: String
    /// How many hold it.
    public var holderCount: Int
    /// How many wait for it.
    public var waiterCount: Int
    /// How it is held; nil if it is about to be taken by one of those who wait.
    public var mode: LockMode?
    /// Who holds it: those who have had it for longest, up to 64. Empty without diagnostics.
    public var holders: [LockParty]
    /// Who waits for it, the first in the queue first, up to 64.
    public var waiters: [LockParty]

    /// The key, and a line for each party.
    public var description: String {
      let state =
        switch mode {
        case .exclusive: "held"
        case .shared: "shared by \(holderCount)"
        case nil: "free"
        }
      let listed =
        holders.map { "\n  held: \($0)" } + unlisted(holderCount - holders.count, of: holders)
        + waiters.map { "\n  waits: \($0)" } + unlisted(waiterCount - waiters.count, of: waiters)
      return "\(name): \(state), \(waiterCount) waiting" + listed.joined()
    }

    private func unlisted(_ count: Int, of listed: [LockParty]) -> [String] {
      count > 0 && !listed.isEmpty ? ["\n  … and \(count) more"] : []
    }
  }

  /// The keys, the most waited-for first; of those alike, the one with the longest wait.
  public var keys: [Entry]

  /// Are all keys there? False if the table had no memory to look at all of them: of a stripe with more
  /// than 32 keys some are missing then, or all keys are.
  public var isComplete = true

  /// A key to a line, and under it its holders and waiters. If some are missing, the last line says so.
  /// Keys and names can't add lines: they are printed as ``Entry/name`` says.
  public var description: String {
    let remark = isComplete ? [] : ["there was no memory to look at all keys"]
    guard !keys.isEmpty || !isComplete else { return "no key is held or waited for" }
    return (keys.map(\.description) + remark).joined(separator: "\n")
  }
}

extension LockTable {
  /// The live keys, with their holders and waiters.
  ///
  /// Which keys, how many hold and wait, how, and for how long each has waited is always known; who
  /// they are, and for how long a key has been held, with ``LockTableConfiguration/diagnostics-swift.property``.
  ///
  /// Each key is as it was at one moment; the moments differ. Stops nobody for longer than a step for
  /// each key of one stripe, or 128 steps for one key. Costs time and memory for each live key; without
  /// memory for all of them it is not ``LockTableSnapshot/isComplete``. It is for people, for logs, and
  /// for tests; a program that decides by it decides by what was.
  public func snapshot() -> LockTableSnapshot<Key> {
    inspector?.retry(for: self)
    return snapshot(waitedForOnly: false)
  }

  func snapshot(waitedForOnly: Bool) -> LockTableSnapshot<Key> {
    var entries: [LockTableSnapshot<Key>.Entry] = []
    let isComplete = withExtendedLifetime(self) {
      core.visit(waitedForOnly: waitedForOnly) { report in
        entries.append(entry(of: report))
      }
    }
    entries.sort { ($0.waiterCount, $0.longestWait) > ($1.waiterCount, $1.longestWait) }
    return LockTableSnapshot(keys: entries, isComplete: isComplete)
  }

  private func entry(of report: lt_report_t) -> LockTableSnapshot<Key>.Entry {
    let (key, name) = Self.identify(report)
    // Sound: both lists are good for as long as the core shows the report.
    let holders = UnsafeBufferPointer(start: report.holder_list, count: report.listed_holders)
    let waiters = UnsafeBufferPointer(start: report.waiter_list, count: report.listed_waiters)
    return LockTableSnapshot.Entry(
      key: key, name: name, holderCount: report.holders, waiterCount: report.waiters,
      mode: report.holders == 0 ? nil : report.is_exclusive ? .exclusive : .shared,
      holders: holders.map { LockParty($0, isHolder: true) },
      waiters: waiters.map { LockParty($0, isHolder: false) })
  }

  /// The key, if it can be had, and words for it.
  static func identify(_ report: lt_report_t) -> (Key?, String) {
    if report.kind == LT_KEYS_OPAQUE {
      let key = report.bytes.flatMap { OpaqueKeys<Key>.key(storedAt: $0) }
      return (key, key.map { PrintableText.name(of: $0) } ?? "?")
    }
    let bytes = UnsafeRawBufferPointer(start: report.bytes, count: report.length)
    guard let type = Key.self as? any LockKey.Type else { return (nil, "?") }
    let (key, name) = type.remade(integer: report.integer, bytes: bytes)
    return (key as? Key, name)
  }
}

extension LockTableSnapshot.Entry {
  var longestWait: Duration { waiters.compactMap(\.duration).max() ?? .zero }
}

extension LockKey {
  /// The key, if it can be made of its identity, and words for it or for the identity.
  fileprivate static func remade(
    integer: UInt64, bytes: UnsafeRawBufferPointer
  ) -> (Self?, String) {
    if let key = _make(lockInteger: integer, lockBytes: bytes) {
      return (key, PrintableText.name(of: key))
    }
    guard LockIdentity.self != Self.self else { return (nil, PrintableText.hex(bytes)) }
    return (nil, LockIdentity.remade(integer: integer, bytes: bytes).1)
  }
}
