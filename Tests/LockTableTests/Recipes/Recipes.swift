import LockTable

// The code of the article of that name, word for word: `theArticleShowsWhatIsTested` compares them.
// What it takes for granted is in RecipeSupport.swift.

struct Bank: Sendable {
  let store: Store
  let locks = LockTable<String>()

  func transfer(_ amount: Int, from: String, to: String) async throws {
    try await locks.withLock(all: [from, to]) {
      let balance = try await store.balance(from)
      guard balance >= amount else { throw Declined() }
      try await store.setBalance(balance - amount, of: from)
      try await store.setBalance(store.balance(to) + amount, of: to)
    }
  }

  func total(_ names: [String]) async throws -> Int {
    try await locks.withLock(exclusive: [], shared: names) {
      var sum = 0
      for name in names {
        sum += try await store.balance(name)
      }
      return sum
    }
  }
}

actor Profiles {
  let load: @Sendable (_ user: Int) async throws -> String
  let locks = LockTable<Int>()
  private var cache: [Int: String] = [:]

  init(load: @escaping @Sendable (_ user: Int) async throws -> String) {
    self.load = load
  }

  func profile(_ user: Int) async throws -> String {
    if let known = cache[user] { return known }
    return try await locks.withLock(user) {
      if let known = cache[user] { return known }  // loaded while this caller waited
      let loaded = try await load(user)
      cache[user] = loaded
      return loaded
    }
  }
}

struct Reports: Sendable {
  let locks = LockTable<String>()

  /// The timer calls this. Returns false if a report is being made: then this tick is skipped.
  func tick(_ make: () async throws -> Void) async throws -> Bool {
    try await locks.withLockIfAvailable("report") { try await make() } != nil
  }

  /// A client calls this. Returns false if the client should try again later.
  func request(limit: Duration, _ make: () async throws -> Void) async throws -> Bool {
    do {
      try await locks.withLock("report", timeout: limit) { try await make() }
      return true
    } catch let error as LockTableError where error.reason == .timedOut {
      return false
    }
  }
}

struct Seats: Sendable {
  let store: Store
  let locks = LockTable<String>()

  func book(_ seat: String, pay: () async throws -> Void) async throws {
    try await locks.withLock(seat) { try await store.reserve(seat) }
    do {
      try await pay()  // minutes, in which no key is held
    } catch {
      await locks.withUncancellableLock(seat) { await store.free(seat) }
      throw error
    }
  }
}

struct Ledger: Sendable {
  let database: Database
  let locks = LockTable<String>()

  func withdraw(_ amount: Int, from name: String) async throws {
    try await locks.withLock(name) {
      try await database.transaction { transaction in
        let balance = try await transaction.balance(name)
        guard balance >= amount else { throw Declined() }
        try await transaction.setBalance(balance - amount, of: name)
      }  // commits
    }  // releases
  }
}

struct Payments: Sendable {
  let store: Store
  let charge: @Sendable (_ amount: Int) async throws -> String
  let locks = LockTable<LockKeyPair<Int, String>>()

  func pay(_ amount: Int, client: Int, idempotencyKey: String) async throws -> String {
    guard idempotencyKey.utf8.count <= 64 else { throw Declined() }
    let key = LockKeyPair(client, idempotencyKey)
    return try await locks.withLock(key) {
      if let receipt = try await store.receipt(key) { return receipt }
      let receipt = try await charge(amount)
      try await store.save(receipt, key)
      return receipt
    }
  }
}

struct Catalogue: Sendable {
  enum Part: Hashable, Sendable {
    case all
    case product(Int)
  }

  let locks = LockTable<Part>()

  func update(_ product: Int, _ body: () async throws -> Void) async throws {
    try await locks.withLock(exclusive: [.product(product)], shared: [.all]) { try await body() }
  }

  func rebuild(_ body: () async throws -> Void) async throws {
    try await locks.withLock(.all) { try await body() }
  }
}

let transferLocks = LockTable<String>()

func transferBegan(_ name: UnsafePointer<CChar>) -> UnsafeMutableRawPointer {
  let held = transferLocks.acquire(String(cString: name))  // blocks the library's thread
  let owner = LockOwner(held)
  return Unmanaged.passRetained(owner).toOpaque()
}

func transferEnded(_ state: UnsafeMutableRawPointer) {
  // Sound: the library passes what `transferBegan` returned, once.
  Unmanaged<LockOwner>.fromOpaque(state).takeRetainedValue().release()
}

final class OrderConsumer: Sendable {
  let apply: @Sendable (OrderEvent) async throws -> Void
  let failed: @Sendable (OrderEvent, any Error) -> Void
  let locks = LockTable<String>()

  init(
    apply: @escaping @Sendable (OrderEvent) async throws -> Void,
    failed: @escaping @Sendable (OrderEvent, any Error) -> Void
  ) {
    self.apply = apply
    self.failed = failed
  }

  /// The client library calls this on its event loop: one event after the other, and not async.
  func received(_ event: OrderEvent) {
    let turn = locks.enqueue(event.order)  // the place in line is taken now
    Task {
      do {
        try await turn.withLock { try await apply(event) }
      } catch {
        failed(event, error)
      }
    }
  }
}

struct Deployments: Sendable {
  let cluster: ClusterLocks
  let locks = LockTable<String>()

  func deploy(_ service: String, _ body: () async throws -> Void) async throws {
    try await locks.withLock(service) {
      try await cluster.withLock(service) { try await body() }
    }
  }
}
