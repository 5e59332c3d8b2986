#if Server
  import Hummingbird
  import Logging
  import NIOCore
  import NIOPosix
  import Synchronization

  /// A web server in this process that takes deposits, for as long as this object lives.
  final class AccountServer: Sendable {
    let lock: ServerLock
    let store: AccountStore
    /// On 127.0.0.1.
    let port: Int
    private let service: Task<Void, Never>

    init(_ lock: ServerLock, _ store: AccountStore) async throws {
      (self.lock, self.store) = (lock, store)
      let withLock = lock.makeLock()
      let router = Router()
      router.post("accounts/:id/deposit") { _, context in
        let id = try context.parameters.require("id", as: Int.self)
        return String(try await withLock(id) { await store.deposit(to: id) })
      }
      var logger = Logger(label: "lock-table-bench")
      // It calls the end of the service an error.
      logger.logLevel = .critical
      let start = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Int.self)
      let application = Application(
        router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { start.succeed($0.localAddress?.port ?? 0) }, logger: logger)
      service = Task {
        do {
          try await application.run()
        } catch {
          // Of no effect if the server has run.
          start.fail(error)
        }
      }
      port = try await start.futureResult.get()
    }

    deinit { service.cancel() }
  }

  /// The balances, as a database would keep them: reading one and writing one are each safe, and what
  /// happens between the two is the caller's affair.
  final class AccountStore: Sendable {
    private let balances: Mutex<[Int]>
    private let delay: Duration

    init(accounts: Int, delay: Duration) {
      balances = Mutex(Array(repeating: 0, count: accounts))
      self.delay = delay
    }

    var total: Int { balances.withLock { $0.reduce(0, +) } }

    /// Adds 1 and returns the new balance. Loses deposits that come in meanwhile: the account has to be
    /// locked.
    func deposit(to id: Int) async -> Int {
      let balance = balances.withLock { $0[id] } + 1
      if delay == .zero {
        await Task.yield()
      } else {
        // It is cut short where the server ends, and nobody looks at the balance any more.
        try? await Task.sleep(for: delay)
      }
      balances.withLock { $0[id] = balance }
      return balance
    }
  }
#endif
