internal import LockTable
internal import Synchronization

/// A key that callers of this process want or have.
///
/// The holder of the local key is the one that changes the grant and the request of the slot. Of these
/// it has one at a time:
///
/// | grant | request | what the engine knows of this process        | what the next holder of the key does   |
/// |-------|---------|----------------------------------------------|----------------------------------------|
/// | nil   | nil     | nothing                                      | asks for a new owner                   |
/// | nil   | set     | perhaps a grant, or a place in line          | asks again, for the same owner         |
/// | set   | nil     | a grant, unless it was lost without a report | begins it, or drops it and asks anew   |
///
/// The last caller that leaves gives back what there is. A report of a loss may come at any time, also
/// before the answer that it overtakes: see ``noteLoss(of:)`` and ``put(_:)``.
final class LeaseSlot: Sendable {
  /// A claim that the engine may know, without a grant.
  struct Request: Sendable {
    let claim: LeaseClaim
    /// What its token must be larger than: the largest one before the first request.
    let floor: Int64
  }

  private struct State {
    /// How often the engine has said that the key may be free.
    var changes: UInt64 = 0
    var waiter: Pause?
    /// Whose loss was reported before its grant was known here.
    var lost: LeaseOwner?
    /// What a caller that left has asked for, for the next one.
    var request: Request?
    /// Until when others are to have their turn.
    var yield: Duration?
  }

  let name: LeaseName
  /// The key in words.
  let key: String
  let session: LeaseSession
  /// What the caller does that may be the last to leave. Returns whether it was.
  let leaveLast: @Sendable (LeaseSlot) -> Bool

  /// How many callers want or have the key. From and to zero it changes with the session's mutex.
  let interest = Atomic(0)

  /// Another key with the same name. The session's mutex guards it.
  nonisolated(unsafe) var next: LeaseSlot?

  /// The grant that the holder of the local key has, or that is kept for the next one. Only that holder
  /// writes it, with the mutex. So the holder may read it without, and others have to have the mutex.
  nonisolated(unsafe) private var granted: LeaseGrant?

  private let state = Guarded(State())

  init(
    _ name: LeaseName, key: String, _ session: LeaseSession,
    leaveLast: @escaping @Sendable (LeaseSlot) -> Bool
  ) {
    self.name = name
    self.key = key
    self.session = session
    self.leaveLast = leaveLast
  }

  /// Leaves the key to others that want it too. Returns false if there are none.
  func leaveToOthers() -> Bool {
    var count = interest.load(ordering: .relaxed)
    while count > 1 {
      let (isDone, seen) = interest.weakCompareExchange(
        expected: count, desired: count - 1, ordering: .releasing)
      if isDone { return true }
      count = seen
    }
    return false
  }

  /// This slot and those of other keys with the same name.
  var chain: some Sequence<LeaseSlot> { sequence(first: self, next: \.next) }

  var grant: LeaseGrant? {
    get { state.withValue { _ in granted } }
    set { state.withValue { _ in granted = newValue } }
  }

  /// The same for the holder of the local key.
  var grantOfHolder: LeaseGrant? { granted }

  /// Notes a new grant. Returns whether its loss was reported before: the store's report may overtake
  /// its answer.
  func put(_ grant: LeaseGrant) -> Bool {
    state.withValue { state in
      granted = grant
      defer { state.lost = nil }
      return state.lost == grant.claim.owner
    }
  }

  /// Notes that a claim has lost the key. Returns its grant, if it is known here.
  func noteLoss(of owner: LeaseOwner) -> LeaseGrant? {
    state.withValue { state in
      if let grant = granted, grant.claim.owner == owner { return grant }
      state.lost = owner
      return nil
    }
  }

  func takeGrant() -> LeaseGrant? { state.withValue { _ in granted.take() } }

  func takeRequest() -> Request? { state.withValue { $0.request.take() } }

  func keep(_ request: Request) { state.withValue { $0.request = request } }

  func takeYield() -> Duration? { state.withValue { $0.yield.take() } }

  func yield(until time: Duration) { state.withValue { $0.yield = time } }

  /// How often the key has changed. To be asked before the engine is.
  var changes: UInt64 { state.withValue { $0.changes } }

  func noteChange() {
    state.withValue { state in
      state.changes += 1
      return state.waiter
    }?.end(.signalled)
  }

  /// Waits for the next change, if there was none since `changes`. One caller does at a time: the
  /// holder of the local key.
  nonisolated(nonsending) func waitForChange(
    since changes: UInt64, until due: Duration, _ clock: any LockClock
  ) async {
    let pause = Pause()
    let isNew = state.withValue { state in
      guard state.changes == changes else { return false }
      state.waiter = pause
      return true
    }
    guard isNew else { return }
    _ = await clock.wait(for: pause, until: due)
    state.withValue { $0.waiter = nil }
  }
}
