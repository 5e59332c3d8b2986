public import CLockTable
internal import Synchronization

/// One flight: the object that the core's flight refers to. Its core has a reference from the
/// beginning of the flight until the last waiter has taken the result, and its task has another one
/// for as long as it runs.
///
/// The class is not generic. What a generic class does by its metadata, such as to end its
/// properties, would cost a fifth of a flight. So an operation and a result are kept as bytes, by
/// code that knows their type: `Flight+Value.swift`.
@usableFromInline
final class Flight: @unchecked Sendable {
  // Sound to share: `task` is written once, before `signals` says so, and read after that was seen.
  // The contents and the error are written by what does the work, before the core lands the flight,
  // and read by waiters that were landed.

  /// The core's flight. It is valid until it lands.
  @usableFromInline let core: OpaquePointer

  /// One block: room for the core's flight, and bytes for an operation, and then for what that has
  /// come to.
  private let block: UnsafeMutableRawPointer
  @usableFromInline var contents: Contents
  @usableFromInline var error: (any Error)?
  @usableFromInline let functions: Functions

  private var task: Task<Void, Never>?
  private let signals = Atomic<UInt32>(0)

  private static let hasTask: UInt32 = 1
  private static let isCancelled: UInt32 = 2
  /// Above the flags: the priority to which the task is to be raised, or 0.
  private static let priorityShift: UInt32 = 8

  @usableFromInline
  @frozen
  enum Contents {
    case operation, nothing, value
  }

  /// What the code does that knows the type of the result.
  @usableFromInline
  @frozen
  struct Functions {
    @usableFromInline let begin: (Flight) -> Task<Void, Never>
    /// Ends what the bytes are.
    @usableFromInline let destroy: (UnsafeMutableRawPointer, Contents) -> Void

    @inlinable
    init(
      begin: @escaping (Flight) -> Task<Void, Never>,
      destroy: @escaping (UnsafeMutableRawPointer, Contents) -> Void
    ) {
      self.begin = begin
      self.destroy = destroy
    }
  }

  @usableFromInline let bytes: UnsafeMutableRawPointer

  /// Makes a flight of a hold, which the caller keeps. Nothing has begun yet. Takes over the block.
  @usableFromInline
  init(
    _ hold: lt_hold_t, urgency: UInt8, _ block: UnsafeMutableRawPointer,
    bytesAt offset: Int, _ contents: Contents,
    _ functions: Functions
  ) {
    core = lt_flight_create_in(
      block.initializeMemory(as: lt_flight_room_t.self, to: lt_flight_room_t()), hold, urgency)
    self.block = block
    bytes = block + offset
    self.contents = contents
    self.functions = functions
    lt_flight_set_object(core, Unmanaged.passRetained(self).toOpaque())
  }

  deinit {
    functions.destroy(bytes, contents)
    block.deallocate()
  }

  /// The flight has not begun, and will not. The caller still has the hold.
  func discard() {
    // Sound: the core has given up the reference that it was made with.
    Unmanaged.passUnretained(self).release()
  }

  /// Begins the work, in a task of its own: with the priority and the task-locals of the caller. The
  /// flight may have been cancelled or raised by now.
  ///
  /// Inlined, it would take room in the frame of each caller that waits for a flight.
  @inline(never)
  func launch() {
    let task = functions.begin(self)
    self.task = task
    let (before, _) = signals.bitwiseOr(Self.hasTask, ordering: .acquiringAndReleasing)
    guard before != 0 else { return }
    if before & Self.isCancelled != 0 {
      task.cancel()
    }
    Self.raise(task, to: before >> Self.priorityShift)
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
    // Sound: `init` has retained it, for as long as the core refers to it.
    Unmanaged<Flight>.fromOpaque(object).takeUnretainedValue()
  }
}
