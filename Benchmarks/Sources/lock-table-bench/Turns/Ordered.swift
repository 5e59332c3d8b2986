import LockTable
import Synchronization

/// Runs what a callback brings: the work for one key in order, and that for different keys together.
/// The callback can't wait.
protocol OrderedWork: Sendable {
  func submit(_ key: Int, _ work: @escaping @Sendable () async -> Void)
}

/// The yardstick, which keeps no order.
struct AnyOrder: OrderedWork {
  func submit(_ key: Int, _ work: @escaping @Sendable () async -> Void) {
    Task { await work() }
  }
}

struct Turns: OrderedWork {
  private let locks = LockTable<Int>()

  func submit(_ key: Int, _ work: @escaping @Sendable () async -> Void) {
    let turn = locks.enqueue(key)
    Task { try await turn.withLock { await work() } }
  }
}

/// Each task waits for the one before. The last task of each key stays for good.
final class Chains: OrderedWork {
  private let last = Mutex<[Int: Task<Void, Never>]>([:])

  func submit(_ key: Int, _ work: @escaping @Sendable () async -> Void) {
    last.withLock { last in
      let before = last[key]
      last[key] = Task {
        await before?.value
        await work()
      }
    }
  }
}

/// A stream and a task for each key. Both stay for good.
final class Streams: OrderedWork {
  private typealias Stream = AsyncStream<@Sendable () async -> Void>
  private let streams = Mutex<[Int: Stream.Continuation]>([:])

  func submit(_ key: Int, _ work: @escaping @Sendable () async -> Void) {
    let stream = streams.withLock { streams in
      if let stream = streams[key] { return stream }
      let (work, stream) = Stream.makeStream()
      Task { for await work in work { await work() } }
      streams[key] = stream
      return stream
    }
    stream.yield(work)
  }

  deinit {
    streams.withLock { streams in
      for stream in streams.values { stream.finish() }
    }
  }
}

/// Submits so many pieces of work, to one key after the other, and waits until all have run.
nonisolated(nonsending) func submitAll(_ count: Int, keys: Int, to work: some OrderedWork) async {
  let (ends, end) = AsyncStream<Void>.makeStream()
  let countdown = Countdown(count) { end.finish() }
  for i in 0..<count {
    work.submit(i % keys) { countdown.arrive() }
  }
  for await _ in ends {}
}

private final class Countdown: Sendable {
  private let left: Atomic<Int>
  private let end: @Sendable () -> Void

  init(_ count: Int, _ end: @escaping @Sendable () -> Void) {
    left = Atomic(count)
    self.end = end
  }

  func arrive() {
    if left.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { end() }
  }
}
