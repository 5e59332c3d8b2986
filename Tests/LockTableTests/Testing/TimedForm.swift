import LockTable
import LockTableTesting
import Testing

/// A form with a limit, in each mode that it can have.
enum TimedForm: Sendable, Hashable, CustomTestStringConvertible {
  case exclusive(Form)
  case shared(SharedForm)
  case inMode(ModeForm, LockMode)

  static let forTasks: [Self] =
    Form.timed.map { .exclusive($0) } + SharedForm.timed.map { .shared($0) }
    + ModeForm.timed.flatMap { form in LockMode.both.map { .inMode(form, $0) } }

  /// The exclusive ones for threads are those of a mode, and those in `Limit`.
  static let forThreads: [Self] = forTasks.filter {
    if case .exclusive = $0 { false } else { true }
  }

  var testDescription: String {
    switch self {
    case .exclusive(let form): "\(form)"
    case .shared(let form): "shared \(form)"
    case .inMode(let form, let mode): "\(form), \(mode)"
    }
  }

  /// Whether the form has an instant. A little of the time until then is gone when the call looks.
  var hasDeadline: Bool { testDescription.contains("Deadline") }

  nonisolated(nonsending) func run<Key>(
    _ key: Key, of locks: LockTable<Key>, limit: Duration,
    _ body: nonisolated(nonsending) () async throws -> Void
  ) async throws {
    switch self {
    case .exclusive(let form): try await form.run(key, of: locks, limit: limit, body)
    case .shared(let form): try await form.run(key, of: locks, limit: limit, body)
    case .inMode(let form, let mode): try await form.run(key, mode, of: locks, limit: limit, body)
    }
  }

  func runBlocking<Key>(
    _ key: Key, of locks: LockTable<Key>, limit: Duration, _ body: () throws -> Void
  ) throws {
    switch self {
    case .exclusive: preconditionFailure("not for threads")
    case .shared(let form): try form.runBlocking(key, of: locks, limit: limit, body)
    case .inMode(let form, let mode):
      try form.runBlocking(key, mode, of: locks, limit: limit, body)
    }
  }

  /// How far a test advances the clock before the limit, and then to reach it.
  func steps(to limit: Duration) -> (before: Duration, last: Duration) {
    // Nobody waits for a minute of real time here. What is exact is said of timeouts.
    let last = hasDeadline ? Duration.seconds(60) : .nanoseconds(1)
    return (limit - last, last)
  }

  /// What the error of a wait that has timed out has to say.
  func expectTimeout(_ error: LockTableError?, key: String, limit: Duration) {
    #expect(error?.reason == .timedOut)
    #expect(error?.key == key)
    #expect(error?.waited == error?.limit)
    if hasDeadline {
      #expect((error?.limit).map { $0 <= limit && $0 > limit - .seconds(60) } == true)
    } else {
      #expect(error?.limit == limit)
    }
  }
}

/// A table with a clock that the test advances.
struct ClockedTable<Key: Hashable & Sendable>: Sendable {
  let clock = ManualClock(time: .seconds(100))
  let locks: LockTable<Key>

  init(
    fairness: LockTableConfiguration.Fairness = .adaptive, maximumWaitersPerKey: Int? = nil,
    diagnostics: LockTableConfiguration.Diagnostics? = nil,
    blockingInTasks: LockTableConfiguration.BlockingInTasks = .report
  ) {
    locks = .unmonitored(
      .init(
        fairness: fairness, maximumWaitersPerKey: maximumWaitersPerKey, diagnostics: diagnostics,
        blockingInTasks: blockingInTasks, clock: clock))
  }

  /// Nothing is left of what was.
  func expectUnused(sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(clock.scheduledCount == 0, sourceLocation: sourceLocation)
    #expect(locks.isEmpty, sourceLocation: sourceLocation)
  }
}

/// The error with which something has failed, for a test to look at.
final class Failure: Sendable {
  private let parcel = Parcel<any Error>(nil)

  nonisolated(nonsending) func note(
    _ body: nonisolated(nonsending) () async throws -> Void
  ) async throws {
    do {
      try await body()
    } catch {
      parcel.put(error)
      throw error
    }
  }

  func note(_ body: () throws -> Void) {
    do {
      try body()
    } catch {
      parcel.put(error)
    }
  }

  /// Once.
  func take() -> LockTableError? {
    parcel.take() as? LockTableError
  }
}
