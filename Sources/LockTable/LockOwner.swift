public import CLockTable
internal import CSwiftTask
internal import Synchronization

/// Owns what a guard holds, where a guard can't be: in a collection, in an `AsyncStream`, in a
/// `defer`, in the body of another task.
///
///     let owner = LockOwner(try await locks.acquire("account-42"))
///     sessions[id] = owner
///
/// A guard can't be copied, and the language keeps what can't be copied out of those places. An
/// owner is an object: anything may refer to it, and any thread or task may release it. The keys
/// are released once, by the first ``release()`` or with the last reference. An owner may outlive
/// the table, and does not keep the table alive. Its type does not say which keys it owns, so one
/// collection takes the owners of any tables.
///
/// An owner costs an allocation (48 bytes with malloc's share), its reference counts, and an atomic
/// exchange when it releases. An owner of several keys keeps the allocation of the guard until its
/// last reference ends. Within one scope a guard does the same for less.
///
/// - Warning: Swift may drop a local variable's reference after the last use of the variable, before
///   the scope ends. So store an owner, or end its use by `release()`, as in
///   `defer { owner.release() }`. (A guard always stays until its scope ends.)
public final class LockOwner: @unchecked Sendable {
  // Sound to share: all that changes is atomic. A hold is a value, and the core lets any thread
  // release it, once: the thread that exchanges the possession for `.released`.

  private enum Possession: UInt8, AtomicRepresentable {
    case released, nothing, exclusive, shared, several, permits
  }

  private let possession: Atomic<Possession>
  /// How many permits the hold has.
  private let permits: UInt32

  /// The hold of one key. For several keys, the address and the number of their holds.
  private let hold: lt_hold_t
  private let isOfSeveral: Bool

  /// The holds of several keys. They are only read, and stay until the owner ends: another thread
  /// may be reading them.
  private var holds: UnsafeMutableBufferPointer<lt_hold_t> {
    // Sound: MultiHold has allocated them, and has handed them over.
    UnsafeMutableBufferPointer(
      start: hold.place?.assumingMemoryBound(to: lt_hold_t.self), count: Int(hold.tag))
  }

  private init(_ possession: Possession, _ hold: lt_hold_t, permits: UInt32 = 0) {
    self.possession = Atomic(possession)
    self.permits = permits
    self.hold = hold
    isOfSeveral = possession == .several
  }

  @usableFromInline
  convenience init(_ hold: lt_hold_t, mode: LockMode) {
    self.init(mode == .exclusive ? .exclusive : .shared, hold)
  }

  @usableFromInline
  convenience init(_ holds: UnsafeMutablePointer<lt_hold_t>, count: Int) {
    self.init(.several, lt_hold_t(place: holds, tag: UInt64(count)))
  }

  @usableFromInline
  convenience init(_ hold: lt_hold_t, permits: UInt32) {
    self.init(.permits, hold, permits: permits)
  }

  /// Makes an owner of no key, for a test double to return. It is not released until
  /// ``release()``.
  public convenience init() {
    self.init(.nothing, lt_hold_t())
  }

  /// Takes over the key of a guard.
  @inlinable
  public convenience init<Key>(_ held: consuming LockTable<Key>.Guard) {
    self.init(held.handOver(), mode: .exclusive)
  }

  /// Takes over the key of a guard that holds it shared.
  @inlinable
  public convenience init<Key>(_ held: consuming LockTable<Key>.SharedGuard) {
    self.init(held.handOver(), mode: .shared)
  }

  /// Takes over the key of a guard whose mode was chosen at run time.
  @inlinable
  public convenience init<Key>(_ held: consuming LockTable<Key>.AnyGuard) {
    let mode = held.mode
    self.init(held.handOver(), mode: mode)
  }

  /// Takes over the keys of a guard. They are released together.
  @inlinable
  public convenience init<Key>(_ held: consuming LockTable<Key>.MultiGuard) {
    let count = held.count
    self.init(held.handOver(), count: count)
  }

  /// Takes over the permits of a guard.
  @inlinable
  public convenience init<Key>(_ held: consuming SemaphoreTable<Key>.Permit) {
    let permits = held.permits
    self.init(held.handOver(), permits: permits)
  }

  deinit {
    release()
    if isOfSeveral, let base = holds.baseAddress {
      lt_holds_deallocate(base)
    }
  }

  /// Releases what is owned. Any thread may call it, and any number of times: the first call
  /// releases, and the others do nothing. A call that comes second may return before the first has
  /// released the key.
  public func release() {
    switch possession.exchange(.released, ordering: .acquiringAndReleasing) {
    case .released, .nothing: break
    case .exclusive: lt_release(hold)
    case .shared: lt_release_shared(hold)
    case .permits: lt_release_permits(hold, permits)
    case .several:
      if let base = holds.baseAddress {
        lt_release_multi(base, holds.count)
      }
    }
  }

  /// Whether ``release()`` was called.
  public var isReleased: Bool {
    possession.load(ordering: .acquiring) == .released
  }

  /// Returns whether a hold of `key` in `table` is owned and not released. Works as
  /// ``LockTable/LockTable/Guard/isHold(of:in:)`` does, and checks each of several holds. During a
  /// ``release()`` by another thread, the answer may be outdated when the call returns.
  public func isHold<Key>(of key: Key, in table: LockTable<Key>) -> Bool {
    let isFound =
      switch possession.load(ordering: .acquiring) {
      case .released, .nothing: false
      case .exclusive, .shared, .permits: table.isHold(hold, of: key)
      case .several: table.isHold(UnsafeBufferPointer(holds), of: key)
      }
    // Once it is released, what was found may be a hold of another caller's.
    return isFound && !isReleased
  }
}
