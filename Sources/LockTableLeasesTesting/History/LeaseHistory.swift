public import LockTable

/// What holders of leases believed and did, in the order in which it was written down, for a check
/// afterwards.
///
///     let history = LeaseHistory()
///     let asked = history.now
///     try await leases.withLease("a") { lease in
///       let hold = history.begin("a", token: lease.fencingToken, askedAt: asked)
///       history.write("a", token: lease.fencingToken)
///       history.end(hold)
///     }
///     history.violations        // empty, whatever the network did
///     history.overlaps          // allowed, and as long as a holder may be in error
///
/// A write goes to a resource that the history keeps for each key, and that rejects a token smaller
/// than the largest it has seen.
public final class LeaseHistory: Sendable {
  /// Something that happened. Entries of several processes on one machine can be put together, by
  /// their times.
  public struct Entry: Sendable, Hashable, Codable {
    /// What happened.
    public enum Kind: String, Sendable, Hashable, Codable {
      /// Somebody began to believe that it holds the key.
      case began
      /// Somebody ceased to believe that.
      case ended
      /// The resource accepted a write.
      case accepted
      /// The resource rejected a write.
      case rejected
    }

    /// What happened.
    public var kind: Kind
    /// The key.
    public var key: String
    /// The fencing token.
    public var token: Int64
    /// When it happened.
    public var time: Duration
    /// Of a beginning: when the holder began to ask for the key.
    public var askedAt: Duration?

    /// Makes an entry.
    public init(
      _ kind: Kind, key: String, token: Int64, time: Duration, askedAt: Duration? = nil
    ) {
      self.kind = kind
      self.key = key
      self.token = token
      self.time = time
      self.askedAt = askedAt
    }
  }

  /// One believed hold. To be ended once.
  public struct Hold: Sendable {
    let key: String
    let token: Int64
  }

  private struct State {
    var entries: [Entry] = []
    var resources: [String: FencedResource] = [:]
  }

  private let state = Guarded(State())
  private let clock: (any LockClock)?
  private let start = ContinuousClock.now

  /// Makes an empty history. A `clock` measures its times in place of the system's.
  public init(clock: (any LockClock)? = nil) {
    self.clock = clock
  }

  /// The time, for `askedAt`.
  public var now: Duration { clock?.time ?? ContinuousClock.now - start }

  /// What was written down.
  public var entries: [Entry] { state.withValue { $0.entries } }

  /// Writes down that somebody begins to hold a key, which it began to ask for at `askedAt`.
  public func begin(_ key: String, token: Int64, askedAt: Duration? = nil) -> Hold {
    add(.began, key, token, askedAt: askedAt)
    return Hold(key: key, token: token)
  }

  /// Writes down that a hold has ended, as far as its holder knows. To be called before the release.
  public func end(_ hold: Hold) {
    add(.ended, hold.key, hold.token)
  }

  /// Writes to the key's resource.
  ///
  /// - Returns: Whether the resource accepted it.
  @discardableResult
  public func write(_ key: String, token: Int64) -> Bool {
    state.withValue { state in
      let isAccepted = state.resources[key, default: FencedResource()].accept(token)
      state.entries.append(
        Entry(isAccepted ? .accepted : .rejected, key: key, token: token, time: now))
      return isAccepted
    }
  }

  private func add(_ kind: Entry.Kind, _ key: String, _ token: Int64, askedAt: Duration? = nil) {
    state.withValue { state in
      state.entries.append(Entry(kind, key: key, token: token, time: now, askedAt: askedAt))
    }
  }

  /// What must not have happened, as sentences. See ``check(_:)``.
  public var violations: [String] { Self.check(entries) }

  /// Where two holders of a key believed in it at one time.
  public var overlaps: [LeaseOverlap] { Self.overlaps(in: entries) }
}

/// A resource that rejects a write with a token smaller than the largest it has seen, as a resource
/// behind leases should.
public struct FencedResource: Sendable, Hashable {
  /// The largest token that it has seen. Nil before the first write.
  public private(set) var largestToken: Int64?

  /// Makes a resource that nobody has written to.
  public init() {}

  /// Returns whether a write with that token is accepted, and remembers the token.
  public mutating func accept(_ token: Int64) -> Bool {
    guard token >= largestToken ?? token else { return false }
    largestToken = token
    return true
  }
}

/// Two holds of one key that their holders believed in at one time.
public struct LeaseOverlap: Sendable, Hashable {
  /// The key.
  public var key: String
  /// The smaller token, and the larger one.
  public var tokens: [Int64]
  /// For how long.
  public var duration: Duration
}
