internal import CLockTable
internal import Synchronization

/// One flight: the object that the core's flight refers to. The result is in the subclass.
///
/// The core has a reference from the beginning of the flight until the last waiter has taken the
/// result, and the flight's task has another one for as long as it runs.
class Flight: @unchecked Sendable {
  // Sound to share: `core` is written before the flight begins. `task` is written once, before
  // `signals` says so, and read by those who have seen that. Of the subclass, the result is written
  // before the core lands the flight, and read by those whom it has landed.

  /// The core's flight. It is valid until `land()`.
  private(set) var core: OpaquePointer?

  private var task: Task<Void, Never>?
  private let signals = Atomic<UInt32>(0)

  private static let hasTask: UInt32 = 1
  private static let isCancelled: UInt32 = 2
  /// Above the flags: the priority to which the task is to be raised, or 0.
  private static let priorityShift: UInt32 = 8

  /// Makes a flight of a hold, which the caller keeps. Nothing has begun yet.
  func prepare(_ hold: lt_hold_t, urgency: UInt8) {
    core = lt_flight_create(hold, Unmanaged.passRetained(self).toOpaque(), urgency)
    if core == nil {
      outOfMemory("a flight")
    }
  }

  /// The flight has not begun, and will not. The caller still has the hold.
  func discard() {
    guard let core else { return }
    lt_flight_discard(core)
    self.core = nil
    // Sound: the core has given up the reference of `prepare(_:urgency:)`.
    Unmanaged.passUnretained(self).release()
  }

  /// Begins the work, in a task of its own: with the priority and the task-locals of the caller. The
  /// flight may have been cancelled or raised by now.
  func launch() {
    let task = Task { await self.work() }
    self.task = task
    let (before, _) = signals.bitwiseOr(Self.hasTask, ordering: .acquiringAndReleasing)
    if before & Self.isCancelled != 0 {
      task.cancel()
    }
    Self.raise(task, to: before >> Self.priorityShift)
  }

  /// Begins a flight whose work the calling thread does, which then calls `land()`.
  func beginAlone() {
    guard let core else { return }
    lt_flight_begin_alone(core)
    lt_flight_describe(core)
  }

  /// Does the work, and keeps the result.
  func load() async {}

  private func work() async {
    if let core {
      lt_flight_describe(core)
    }
    await load()
    land()
  }

  /// Gives the result to all who wait for it. The core's flight may be gone when this returns.
  func land() {
    if let core {
      lt_flight_land(core)
    }
  }

  private func cancel() {
    let (before, _) = signals.bitwiseOr(Self.isCancelled, ordering: .acquiringAndReleasing)
    if before & Self.hasTask != 0 {
      task?.cancel()
    }
  }

  /// A waiter is of that priority. What was said first may arrive last, so the highest counts.
  private func raise(to priority: UInt8) {
    let wanted = UInt32(priority) << Self.priorityShift
    var before = signals.load(ordering: .relaxed)
    while before >> Self.priorityShift < UInt32(priority) {
      let flags = before & (1 << Self.priorityShift - 1)
      let (isDone, current) = signals.compareExchange(
        expected: before, desired: flags | wanted, ordering: .acquiringAndReleasing)
      if isDone {
        if flags & Self.hasTask != 0, let task {
          Self.raise(task, to: UInt32(priority))
        }
        return
      }
      before = current
    }
  }

  private static func raise(_ task: Task<Void, Never>, to priority: UInt32) {
    if priority > 0, #available(macOS 26, *) {
      task.escalatePriority(to: TaskPriority(rawValue: UInt8(truncatingIfNeeded: priority)))
    }
  }

  /// What the core calls, with the object of a flight. The core keeps the pointer.
  nonisolated(unsafe) static let operations: UnsafePointer<lt_flight_operations_t> = {
    // Sound to share: written once, here, and never freed.
    let operations = UnsafeMutablePointer<lt_flight_operations_t>.allocate(capacity: 1)
    operations.initialize(
      to: lt_flight_operations_t(
        cancel: { object, isApart in
          let flight = Flight.of(object)
          // Cancelling runs handlers of the user's, which may block.
          if isApart {
            Task.detached { flight.cancel() }
          } else {
            flight.cancel()
          }
        },
        raise: { object, priority in Flight.of(object).raise(to: priority) },
        release: { Unmanaged<Flight>.fromOpaque($0).release() }))
    return UnsafePointer(operations)
  }()

  /// The flight of an object that the core refers to.
  static func of(_ object: UnsafeMutableRawPointer) -> Flight {
    // Sound: `prepare(_:urgency:)` has retained it, for as long as the core refers to it.
    Unmanaged<Flight>.fromOpaque(object).takeUnretainedValue()
  }
}

/// A flight with its result.
final class FlightOf<Value: Sendable>: Flight, @unchecked Sendable {
  private var operation: (() async throws -> Value)?
  private var result: Result<Value, any Error>?

  /// Without an operation, a thread does the work: `load(_:)`.
  init(_ operation: sending (() async throws -> Value)?) {
    self.operation = operation
  }

  override func load() async {
    // What the operation refers to is not kept longer than it runs.
    guard let operation = operation.take() else { return }
    do {
      result = .success(try await operation())
    } catch {
      result = .failure(error)
    }
  }

  func load(_ operation: () throws -> Value) {
    do {
      result = .success(try operation())
    } catch {
      result = .failure(error)
    }
  }

  /// Returns what the work has come to. Call it when the flight has landed.
  func value() throws -> Value {
    guard let result else { fatalError("LockTable: a flight has landed without a result") }
    return try result.get()
  }
}
