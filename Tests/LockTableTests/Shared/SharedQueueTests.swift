import Foundation
import LockTable
import Testing

/// One queue for readers and writers, threads and tasks.
@Suite(.watched) struct SharedQueueTests {
  //  holder   queue: S S X S S S X X S   (threads and tasks by turns)
  //  releases
  //           the first two together, then the writer, then three together, …
  @Test(
    .enabled(if: NativeThread.sleepersAreVisible), arguments: LockTableConfiguration.Fairness.both)
  func readersNextToEachOtherAreLetInTogether(fairness: LockTableConfiguration.Fairness) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
      let executor = SteppedExecutor()
      let queue = Array("SSXSSSXXS")
      let groups = [0...1, 2...2, 3...5, 6...6, 7...7, 8...8]
      let arrived = Guarded<[Int]>([])
      let (halts, gates) = (queue.map { _ in Halt() }, queue.map { _ in Gate() })
      let holder = locks.acquire("k")
      var threads: [NativeThread] = []
      for (index, mode) in queue.enumerated() {
        if index.isMultiple(of: 2) {
          _ = executor.start {
            let body: () async -> Void = {
              arrived.withLock { $0.append(index) }
              await halts[index].pass()
            }
            if mode == "S" {
              try await locks.withSharedLock("k", body)
            } else {
              try await locks.withLock("k", body)
            }
          }
        } else {
          let thread = NativeThread {
            let body = {
              arrived.withLock { $0.append(index) }
              gates[index].pass()
            }
            if mode == "S" {
              locks.withSharedLock("k", body)
            } else {
              locks.withLock("k", body)
            }
          }
          thread.waitUntilAsleep()
          threads.append(thread)
        }
      }

      let driver = executor.drive()
      holder.release()
      for group in groups {
        while arrived.withLock({ $0.count }) < group.upperBound + 1 {
          sched_yield()
        }
        // No other waiter is in, and no other is let in.
        #expect(arrived.withLock { $0.count } == group.upperBound + 1)
        #expect(Set(arrived.withLock { $0[group] }) == Set(group))
        let entry = locks.snapshot().keys.first
        #expect(entry?.mode == (queue[group.lowerBound] == "S" ? .shared : .exclusive))
        #expect(entry?.holderCount == group.count)
        #expect(entry?.waiterCount == queue.count - group.upperBound - 1)
        for index in group {
          halts[index].open()
          gates[index].open()
        }
      }
      threads.forEach { $0.join() }
      executor.stop(driver)
      #expect(arrived.withLock { $0.count } == queue.count)
      #expect(locks.isEmpty)
    }
  }

  /// Readers each of whom stays until the next is in: a writer gets in all the same. And a reader among
  /// writers.
  @Test(arguments: LockTableConfiguration.Fairness.both, [true, false])
  func noWaiterStarves(fairness: LockTableConfiguration.Fairness, isReader: Bool) async {
    await onPlainThread {
      let locks = LockTable<String>(configuration: .init(fairness: fairness))
      let wasHad = Gate()
      let isOver = Guarded(false)
      let stream = (0..<3).map { _ in
        NativeThread {
          if isReader {
            writeOn(locks, until: isOver)
          } else {
            readOn(locks, until: isOver)
          }
        }
      }
      // The stream is there first.
      while locks.statistics().acquisitions < 100 {
        sched_yield()
      }
      let other = NativeThread {
        for _ in 0..<20 {
          if isReader {
            locks.withSharedLock("k") {}
          } else {
            locks.withLock("k") {}
          }
        }
        wasHad.open()
      }
      wasHad.pass()
      isOver.withLock { $0 = true }
      (stream + [other]).forEach { $0.join() }
      #expect(locks.isEmpty)
    }
  }

  /// Readers, writers, downgrades, attempts, limits, cancellations: threads and tasks on few keys.
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func allFormsExcludeEachOther(fairness: LockTableConfiguration.Fairness) async {
    let locks = LockTable<Int>(configuration: .init(fairness: fairness))
    let pairs = GuardedPairs(keys: 3)
    let rounds = Load.scaled(400)
    let threads = (0..<2).map { index in
      NativeThread {
        var dice = Dice(index)
        for _ in 0..<rounds {
          pairs.visitBlocking(locks, &dice)
        }
      }
    }
    let tasks = (0..<16).map { index in
      Task {
        var dice = Dice(100 + index)
        for _ in 0..<rounds {
          await pairs.visit(locks, &dice)
        }
      }
    }
    for task in tasks {
      await task.value
    }
    await onPlainThread { threads.forEach { $0.join() } }
    #expect(pairs.mistakes.count == 0)
    #expect(locks.isEmpty)
  }
}

private func writeOn(_ locks: LockTable<String>, until isOver: Guarded<Bool>) {
  while !isOver.withLock(\.self) {
    locks.withLock("k") { _ = sched_yield() }
  }
}

/// Lets go of a hold only once there is another, unless that is refused: without a refusal the key is
/// read without a gap.
private func readOn(_ locks: LockTable<String>, until isOver: Guarded<Bool>) {
  var held = locks.acquireShared("k")
  while !isOver.withLock(\.self) {
    sched_yield()
    if let next = locks.acquireSharedIfAvailable("k") {
      held = next
    } else {
      held.release()
      held = locks.acquireShared("k")
    }
  }
  held.release()
}

/// What the keys guard: a pair of plain numbers each, which are equal while no thread writes.
private final class GuardedPairs: @unchecked Sendable {
  // Shared without a lock of its own: that is what it is for.
  private let pairs: UnsafeMutablePointer<(Int, Int)>
  private let keys: Int
  let mistakes = Tally()

  init(keys: Int) {
    self.keys = keys
    pairs = .allocate(capacity: keys)
    pairs.initialize(repeating: (0, 0), count: keys)
  }

  deinit {
    pairs.deallocate()
  }

  private func read(_ key: Int) {
    mistakes.add(pairs[key].0 == pairs[key].1 ? 0 : 1)
  }

  private func write(_ key: Int) {
    pairs[key].0 += 1
    sched_yield()
    pairs[key].1 += 1
  }

  func visitBlocking(_ locks: LockTable<Int>, _ dice: inout Dice) {
    let key = Int.random(in: 0..<keys, using: &dice)
    let form = SharedForm.allCases[Int.random(in: 0..<12, using: &dice)]
    switch Int.random(in: 0..<6, using: &dice) {
    case 0, 1: try? form.runBlocking(key, of: locks, limit: .microseconds(50)) { read(key) }
    case 2: locks.withLock(key) { write(key) }
    case 3: locks.withSharedLockIfAvailable(key) { read(key) }
    case 4:
      let writer = locks.acquire(key)
      write(key)
      let reader = writer.downgrade()
      read(key)
      reader.release()
    default:
      let other = (key + 1) % keys
      locks.withLock(exclusive: [key], shared: [other]) {
        write(key)
        read(other)
      }
    }
  }

  func visit(_ locks: LockTable<Int>, _ dice: inout Dice) async {
    let key = Int.random(in: 0..<keys, using: &dice)
    let form = SharedForm.allCases[Int.random(in: 0..<12, using: &dice)]
    let kind = Int.random(in: 0..<5, using: &dice)
    let limit = Duration.microseconds(Int.random(in: 0..<300, using: &dice))
    let task = Attempt { [self] in
      switch kind {
      case 0, 1:
        try await form.run(key, of: locks, limit: limit) {
          read(key)
          await Task.yield()
          read(key)
        }
      case 2: try await locks.withLock(key, timeout: limit) { write(key) }
      case 3:
        let writer = try await locks.acquire(key, timeout: limit)
        write(key)
        let reader = writer.downgrade()
        await Task.yield()
        read(key)
        reader.release()
      default:
        let other = (key + 1) % keys
        try await locks.withLock(exclusive: [key], shared: [other], timeout: limit) {
          write(key)
          read(other)
        }
      }
    }
    if limit < .microseconds(100) {
      await Task.yield()
      task.cancel()
    }
    await task.task.value
  }
}
