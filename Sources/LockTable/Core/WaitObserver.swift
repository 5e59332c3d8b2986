internal import CLockTable
internal import Synchronization

/// Learns of the waits of a table's tasks: LockTableTracing makes a span of each. `begin` is called
/// where a task may have to wait. What it returns is called if the task was suspended, when the wait
/// is over.
package final class WaitObserver: Sendable {
  package typealias End = @Sendable (_ failure: String?) -> Void

  let begin: @Sendable (ObservedWait) -> End

  package init(_ begin: @escaping @Sendable (ObservedWait) -> End) {
    self.begin = begin
  }
}

/// What a task may have to wait for, before it does.
package struct ObservedWait: Sendable {
  /// The text for the key. Nil if the key is neither held nor waited for any more.
  package var key: String?
  package let table: String?
  package let mode: LockMode
  /// The holder that has had the key for longest. Nil without diagnostics.
  package var holder: LockParticipant?
}

/// Learns which task is acquiring, of tables with diagnostics. It is called on the task.
package final class AcquirerObserver: Sendable {
  private static let current = AtomicLazyReference<AcquirerObserver>()

  private let body: @Sendable (_ task: UInt64) -> Void

  private init(_ body: @escaping @Sendable (_ task: UInt64) -> Void) {
    self.body = body
  }

  /// Sets the observer of the process. Does nothing if there is one.
  package static func use(_ body: @escaping @Sendable (_ task: UInt64) -> Void) {
    _ = current.storeIfNil(AcquirerObserver(body))
  }

  static func note(_ task: UInt64) {
    current.load()?.body(task)
  }
}

/// A wait that may begin.
struct ObservedSuspension: Sendable {
  private let ended: WaitObserver.End

  init(ended: @escaping WaitObserver.End) {
    self.ended = ended
  }

  /// `joined`: 0 if the task was not suspended.
  func end(_ hold: lt_hold_t, joined: UInt64) {
    if joined != 0 {
      ended(hold.place != nil || hold.status == LT_LANDED ? nil : Self.name(of: hold.status))
    }
  }

  private static func name(of failure: UInt32) -> String {
    switch failure {
    case LT_CANCELLED: "cancelled"
    case LT_TIMED_OUT: "timed out"
    case LT_CLOSED: "closed"
    case LT_DEADLOCK: "deadlock"
    case LT_EXCEEDS: "exceeds capacity"
    default: "failed"
    }
  }
}

extension LockTable {
  /// Sets the observer for the waits that begin from now on. Does nothing if there is one.
  package func observeWaits(_ observer: WaitObserver) {
    _ = waitObserver.storeIfNil(observer)
    hasWaitObserver.store(true, ordering: .releasing)
  }

  /// Whether there is an observer.
  var observesWaits: Bool { waitObserver.load() != nil }

  /// Call it before the task waits for a pinned key, whose place may be marked with a mode.
  func observeWait(for pin: lt_hold_t) -> ObservedSuspension? {
    // The reference is read by code of the standard library's that is not specialised, and costs ten
    // times as much as the flag. Pairs with the store in `observeWaits(_:)`.
    guard hasWaitObserver.load(ordering: .acquiring), let observer = waitObserver.load() else {
      return nil
    }
    return observe(pin, by: observer)
  }

  @inline(never)
  private func observe(_ pin: lt_hold_t, by observer: WaitObserver) -> ObservedSuspension {
    var wait = ObservedWait(table: name, mode: pin.mode)
    // Without memory, the wait is known without its key and its holder.
    _ = core.inspect(pinned: pin) { report in
      wait.key = Self.identify(report, as: naming).1
      wait.holder = Self.firstHolder(of: report)
    }
    return ObservedSuspension(ended: observer.begin(wait))
  }
}
