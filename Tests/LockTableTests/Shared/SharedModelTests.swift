import Foundation
import LockTable
import Testing

/// What should happen, one call after the other: holders, and a queue in the order of arrival.
private struct Model {
  enum Mode { case exclusive, shared }

  struct Waiter {
    let name: Int
    let mode: Mode
  }

  private(set) var holders: [Int: Mode] = [:]
  private(set) var queue: [Waiter] = []

  private func admits(_ mode: Mode) -> Bool {
    holders.isEmpty || (mode == .shared && !holders.values.contains(.exclusive))
  }

  /// True: has it. False: waits, if it is one to wait.
  mutating func acquire(_ name: Int, _ mode: Mode, waits: Bool) -> Bool {
    if admits(mode) && queue.isEmpty {
      holders[name] = mode
      return true
    }
    if waits {
      queue.append(Waiter(name: name, mode: mode))
    }
    return false
  }

  private mutating func settle() {
    while let first = queue.first, admits(first.mode) {
      holders[first.name] = first.mode
      queue.removeFirst()
    }
  }

  mutating func release(_ name: Int) {
    holders[name] = nil
    settle()
  }

  mutating func downgrade(_ name: Int) {
    holders[name] = .shared
    settle()
  }

  mutating func leave(_ name: Int) {
    queue.removeAll { $0.name == name }
    settle()
  }
}

/// A hold that the script got from the thread or task that acquired it.
private enum Stay: ~Copyable {
  case reading(LockTable<Int>.SharedGuard)
  case writing(LockTable<Int>.Guard)

  consuming func release() {
    switch consume self {
    case .reading(let held): held.release()
    case .writing(let held): held.release()
    }
  }

  consuming func downgraded() -> Stay {
    switch consume self {
    case .reading(let held): .reading(held)
    case .writing(let held): .reading(held.downgrade())
    }
  }
}

/// Acquires, and leaves the hold for the script to release: a hand-off each time.
private final class Visitor: @unchecked Sendable {
  // Sound to share: the parcels are, and the rest is the script's.
  let hold = Parcel<Stay>(nil)
  let hasCome = Guarded(false)
  var attempt: Attempt?
  var thread: NativeThread?

  func put(_ stay: consuming Stay) {
    hold.put(stay)
    hasCome.withLock { $0 = true }
  }
}

/// Random calls, against the model. With a stepped executor, and threads that are waited for, each
/// call has had all its effects before the next is made; so both policies are in the order of arrival.
@Suite(.watched) struct SharedModelTests {
  @Test(arguments: LockTableConfiguration.Fairness.both, 0..<6)
  func theTableDoesAsTheModelDoes(fairness: LockTableConfiguration.Fairness, seed: Int) async {
    await onPlainThread {
      var script = Script(fairness: fairness, seed: seed)
      for _ in 0..<Load.scaled(400) {
        script.step()
      }
      script.end()
      #expect(script.locks.isEmpty)
    }
  }
}

private struct Script {
  let locks: LockTable<Int>
  let executor = SteppedExecutor()
  var dice: Dice
  let seed: Int
  var models = [Model(), Model()]
  var visitors: [Int: (key: Int, visitor: Visitor)] = [:]
  var trace: [String] = []
  var names = 0
  /// A thread costs some milliseconds, until it is seen to sleep.
  var threadsLeft = NativeThread.sleepersAreVisible ? 20 : 0

  init(fairness: LockTableConfiguration.Fairness, seed: Int) {
    locks = .unmonitored(.init(fairness: fairness, stripeCount: 1))
    self.seed = seed
    dice = Dice(seed)
  }

  mutating func step() {
    let key = Int.random(in: 0..<2, using: &dice)
    let holder = models[key].holders.keys.sorted().randomElement(using: &dice)
    let waiter = models[key].queue.randomElement(using: &dice)?.name
    let mode: Model.Mode = Bool.random(using: &dice) ? .shared : .exclusive
    switch Int.random(in: 0..<10, using: &dice) {
    case 0..<4 where models[key].queue.count < 12: come(key, mode)
    case 4: attempt(key, mode)
    case 5:
      if let waiter, visitors[waiter]?.visitor.attempt != nil { cancel(key, waiter) }
    case 6:
      if let holder, models[key].holders[holder] == .exclusive { downgrade(key, holder) }
    default:
      if let holder { release(key, holder) }
    }
    check()
  }

  mutating func end() {
    for key in models.indices {
      while let holder = models[key].holders.keys.min() {
        release(key, holder)
        check()
      }
    }
    executor.drain()
    visitors.values.forEach { $0.visitor.thread?.join() }
  }

  private mutating func come(_ key: Int, _ mode: Model.Mode) {
    let visitor = Visitor()
    names += 1
    let has = models[key].acquire(names, mode, waits: true)
    let isThread = threadsLeft > 0 && Int.random(in: 0..<8, using: &dice) == 0
    trace.append("\(names) comes for \(key), \(mode), \(isThread ? "thread" : "task"): \(has)")
    visitors[names] = (key, visitor)
    if isThread {
      threadsLeft -= 1
      let thread = NativeThread { [locks] in
        visitor.put(
          mode == .shared ? .reading(locks.acquireShared(key)) : .writing(locks.acquire(key)))
      }
      visitor.thread = thread
      if !has {
        thread.waitUntilAsleep()
      }
    } else {
      visitor.attempt = executor.start { [locks] in
        visitor.put(
          mode == .shared
            ? .reading(try await locks.acquireShared(key))
            : .writing(try await locks.acquire(key)))
      }
    }
  }

  private mutating func attempt(_ key: Int, _ mode: Model.Mode) {
    var trial = models[key]
    let expected = trial.acquire(0, mode, waits: false)
    let had: Void? =
      mode == .shared
      ? locks.withSharedLockIfAvailable(key) {} : locks.withLockIfAvailable(key) {}
    trace.append("try \(key), \(mode): \(expected)")
    #expect((had != nil) == expected, "seed \(seed): \(trace.suffix(12))")
  }

  private mutating func cancel(_ key: Int, _ name: Int) {
    trace.append("\(name) is cancelled")
    models[key].leave(name)
    visitors[name]?.visitor.attempt?.cancel()
    executor.drain()
    #expect(visitors[name]?.visitor.attempt?.outcome == .cancelled, "seed \(seed)")
    visitors[name] = nil
  }

  private mutating func release(_ key: Int, _ name: Int) {
    trace.append("\(name) releases")
    models[key].release(name)
    take(name)?.release()
    visitors[name]?.visitor.thread?.join()
    visitors[name] = nil
  }

  private mutating func downgrade(_ key: Int, _ name: Int) {
    trace.append("\(name) is downgraded")
    models[key].downgrade(name)
    if let stay = take(name)?.downgraded() {
      visitors[name]?.visitor.hold.put(stay)
    }
  }

  private func take(_ name: Int) -> Stay? {
    visitors[name]?.visitor.hold.take()
  }

  private func isMissing(_ name: Int, _ place: (key: Int, visitor: Visitor)) -> Bool {
    models[place.key].holders[name] != nil && !place.visitor.hasCome.withLock(\.self)
  }

  /// The visitors that must have the key have it, and no others.
  private func check() {
    executor.drain()
    // A woken thread will run, and those behind it come after it. The watchdog sees to
    // it that they come.
    while visitors.contains(where: { $1.visitor.thread != nil }),
      visitors.contains(where: isMissing)
    {
      sched_yield()
      executor.drain()
    }
    for (name, (key, visitor)) in visitors {
      let shouldHaveIt = models[key].holders[name] != nil
      #expect(
        visitor.hasCome.withLock(\.self) == shouldHaveIt,
        "seed \(seed): \(name) of \(key): \(trace.suffix(12))")
    }
    for key in models.indices {
      #expect(locks.isLocked(key) == !models[key].holders.isEmpty, "seed \(seed)")
    }
    let present = models.filter { !$0.holders.isEmpty }.count
    #expect(locks.count == present, "seed \(seed)")
  }
}
