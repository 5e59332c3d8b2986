#if Server
  import Histogram
  import NIOCore
  import NIOHTTP1
  import NIOPosix

  /// The load's own; the servers have others.
  private let loadLoops = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)

  /// Blocks until `body` has ended. Not to be called from a task.
  func waiting<Value: Sendable>(
    _ body: @escaping @Sendable () async throws -> Value
  ) throws -> Value {
    try loadLoops.next().makeFutureWithTask(body).wait()
  }

  /// Connections that are kept alive and send deposits for a time, each with one request under way.
  struct LoadPass {
    /// On 127.0.0.1.
    var port: Int
    /// Of each connection, the accounts in the order of its requests; it starts over at the end.
    var orders: [[Int32]]
    var schedule: Schedule
    /// No answer for so long is a failure.
    var patience = TimeAmount.seconds(20)

    /// Returns when every connection has its last answer, so that all deposits are counted: those that the
    /// server has answered with success.
    func run(seconds: Double) async throws -> PassResult {
      do {
        var channels: [any Channel] = []
        for _ in orders { channels.append(try await connect()) }
        let tallies = try await withThrowingTaskGroup(of: Tally.self) { group in
          for (number, channel) in channels.enumerated() {
            group.addTask(executorPreference: LoopExecutor(channel.eventLoop)) {
              try await deposit(over: channel, number, seconds)
            }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        return PassResult(tallies, seconds: seconds)
      } catch {
        throw ServerFailure(description: "http://127.0.0.1:\(port): \(error)")
      }
    }

    private func connect() async throws -> any Channel {
      try await ClientBootstrap(group: loadLoops)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHTTPClientHandlers()
            try channel.pipeline.syncOperations.addHandler(
              NIOHTTPClientResponseAggregator(maxContentLength: 1 << 16))
          }
        }
        .connect(to: SocketAddress(ipAddress: "127.0.0.1", port: port)).get()
    }

    /// On the channel's event loop.
    private func deposit(
      over channel: any Channel, _ number: Int, _ seconds: Double
    ) async throws -> Tally {
      let connection = try NIOAsyncChannel<NIOHTTPClientResponseFull, HTTPClientRequestPart>(
        wrappingChannelSynchronously: channel)
      return try await connection.executeThenClose { answers, requests in
        var answers = answers.makeAsyncIterator()
        var tally = Tally()
        tally.begin = monotonicNanoseconds()
        let end = tally.begin + UInt64(seconds * 1e9)
        var starts = IntendedStarts(schedule, number: number, begin: tally.begin)
        while true {
          let now = monotonicNanoseconds()
          let start = starts.take() ?? now
          guard max(start, now) < end else { return tally }
          if start > now {
            // What the timer is late by counts.
            let wait = TimeAmount.nanoseconds(Int64(start - now))
            try await channel.eventLoop.scheduleTask(in: wait) {}.futureResult.get()
          }
          let timeout = channel.eventLoop.scheduleTask(in: patience) {
            let seconds = patience.nanoseconds / 1_000_000_000
            channel.pipeline.fireErrorCaught(
              ServerFailure(description: "has not answered for \(seconds) s"))
          }
          defer { timeout.cancel() }
          let account = orders[number][tally.operations % orders[number].count]
          try await requests.write(contentsOf: Self.request("/accounts/\(account)/deposit"))
          try Self.check(try await answers.next())
          tally.end = monotonicNanoseconds()
          tally.operations += 1
          tally.latencies.record(tally.end - start)
        }
      }
    }

    private static func request(_ path: String) -> [HTTPClientRequestPart] {
      let headers: HTTPHeaders = ["host": "127.0.0.1", "content-length": "0"]
      return [
        .head(HTTPRequestHead(version: .http1_1, method: .POST, uri: path, headers: headers)),
        .end(nil),
      ]
    }

    private static func check(_ answer: NIOHTTPClientResponseFull?) throws {
      guard let answer else {
        throw ServerFailure(description: "closed a connection that was to be kept alive")
      }
      guard answer.head.status == .ok else {
        let body = answer.body.map(String.init(buffer:)) ?? ""
        throw ServerFailure(description: "answered \(answer.head.status.code): \(body)")
      }
    }
  }

  /// Keeps a connection's task on its event loop: the pool's threads are for the servers.
  private final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
      let job = UnownedJob(job)
      loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
  }
#endif
