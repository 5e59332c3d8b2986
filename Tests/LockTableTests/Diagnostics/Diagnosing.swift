import Foundation
import LockTable

extension LockTable {
  /// A table that one can look into, and that looks for deadlocks soon. Not monitored, as
  /// `unmonitored(_:)` says.
  static func diagnosed(
    fairness: LockTableConfiguration.Fairness = .adaptive, stripeCount: Int? = nil,
    deadlockDelay: Duration = .milliseconds(2),
    onDeadlock: LockTableConfiguration.Diagnostics.DeadlockPolicy = .report, name: String? = nil,
    label: (@Sendable () -> String?)? = nil
  ) -> LockTable {
    LockTable(
      name: name,
      configuration: .init(
        fairness: fairness, stripeCount: stripeCount,
        diagnostics: .init(
          deadlockDelay: deadlockDelay, onDeadlock: onDeadlock, label: label)),
      seed: (0, 0), isMonitored: false)
  }

  /// Waits until nothing is left in it: the monitor may be inspecting a free key.
  var becomesEmpty: Bool {
    while !isEmpty {
      Thread.sleep(forTimeInterval: 0.001)
    }
    return true
  }

  /// Waits until the monitor has inspected the table from beginning to end, after now. Takes an
  /// unused key.
  func awaitAnInspection(by spare: Key) {
    // A second wait is reported after all that the inspection of the first one had to report.
    for _ in 0..<2 {
      let told = Gate()
      let once = Guarded(false)
      let hook = onSlowWait(threshold: .zero) { wait in
        let isFirst = once.withLock { once in
          defer { once = once || wait.key.key == spare }
          return !once && wait.key.key == spare
        }
        if isFirst {
          told.open()
        }
      }
      let holder = acquire(spare)
      let waiter = NativeThread { self.withLock(spare) {} }
      told.pass()
      hook.remove()
      holder.release()
      waiter.join()
    }
  }
}

/// What a hook was called with.
final class Log<Event: Sendable>: Sendable {
  private let entries = Guarded<[Event]>([])
  private let added = Gate()

  func add(_ event: Event) {
    entries.withLock { $0.append(event) }
    added.open()
  }

  /// Waits for so many more.
  func await(_ count: Int = 1) {
    for _ in 0..<count {
      added.pass()
    }
  }

  var events: [Event] { entries.withLock(\.self) }
}

extension LockParticipant {
  var thread: (id: UInt64, name: String?)? {
    if case .thread(let id, let name)? = acquirer { (id, name) } else { nil }
  }

  var task: (id: UInt64, name: String?)? {
    if case .task(let id, let name)? = acquirer { (id, name) } else { nil }
  }
}

/// The text without what differs each time: numbers of threads and tasks, and durations.
func withoutNumbers(_ text: String) -> String {
  text.replacing(/for [0-9.]+ (ns|µs|ms|s|min|h)\b/, with: "for a while")
    .replacing(/(thread|task) [0-9a-f]+/) { "\($0.output.1) N" }
    .replacing(/\.swift:[0-9]+/, with: ".swift:N")
}

/// Names this thread to the system. (Foundation may not know yet which of them it is.)
func nameThread(_ name: String) {
  nameThread(bytes: Array(name.utf8))
}

/// The system takes any bytes but zero.
func nameThread(bytes name: [UInt8]) {
  #if os(Linux)
    FileHandle(forWritingAtPath: "/proc/thread-self/comm")?.write(Data(name))
  #else
    (name + [0]).map(CChar.init(bitPattern:)).withUnsafeBufferPointer {
      _ = $0.baseAddress.map { pthread_setname_np($0) }
    }
  #endif
}

/// A task that waits for a key, and holds others already.
struct Party: Sendable {
  let attempt: Attempt

  /// Acquires `held`, and `wanted` as soon as `go` is open. Runs to where it has to wait.
  init<Key>(
    on executor: SteppedExecutor, of locks: LockTable<Key>, holds held: Key? = nil,
    reading: [Key] = [], wants wanted: Key, asReader: Bool = false, go: Halt
  ) {
    attempt = executor.start {
      let exclusive = held.map { [$0] } ?? []
      let lock = try await locks.acquire(exclusive: exclusive, shared: reading)
      await go.pass()
      if asReader {
        try await locks.withSharedLock(wanted) {}
      } else {
        try await locks.withLock(wanted) {}
      }
      lock.release()
    }
  }

  /// So many that each hold a key, from 0 on, and want the next one's, the last the first one's.
  static func circle(
    of count: Int, on executor: SteppedExecutor, of locks: LockTable<Int>, go: Halt
  ) -> [Party] {
    (0..<count).map { index in
      Party(on: executor, of: locks, holds: index, wants: (index + 1) % count, go: go)
    }
  }
}
