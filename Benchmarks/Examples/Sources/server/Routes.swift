import Hummingbird
import LockTable

struct Routes: Sendable {
  let bank: Bank
  let profileLocks: LockTable<String>
  let metrics: MetricsStore

  func makeRouter() -> Router<BasicRequestContext> {
    let router = Router()
    router.add(middleware: LogRequestsMiddleware(.info))
    router.add(middleware: Refusals())
    router.add(middleware: Labels())
    addAccounts(to: router)
    addProfiles(to: router)
    addOperations(to: router)
    return router
  }

  private func addAccounts(to router: Router<BasicRequestContext>) {
    struct Transfer: Decodable {
      var from: Int
      var to: Int
      var amount: Int
    }
    router.post("transfers") { request, context in
      let transfer = try await request.decode(as: Transfer.self, context: context)
      try await bank.transfer(transfer.amount, from: transfer.from, to: transfer.to)
      return HTTPResponse.Status.noContent
    }
    router.get("accounts/:id") { _, context in
      let account = try context.parameters.require("id", as: Int.self)
      return String(try await bank.balance(of: account))
    }
    router.post("accounts/:id/audit") { request, context in
      let account = try context.parameters.require("id", as: Int.self)
      return String(try await bank.audit(account, for: request.duration))
    }
    router.post("accounts/:id/payments") { request, context in
      let account = try context.parameters.require("id", as: Int.self)
      try await bank.pay(1, from: account, taking: request.duration)
      return HTTPResponse.Status.noContent
    }
    router.get("total") { _, _ in String(await bank.store.total) }
  }

  private func addProfiles(to router: Router<BasicRequestContext>) {
    router.get("profiles/:name") { _, context in
      let name = try context.parameters.require("name")
      let profile = try await profileLocks.withSharedLock(name, timeout: bank.patience) {
        await bank.store.profile(of: name)
      }
      guard let profile else { throw HTTPError(.notFound) }
      return profile
    }
    router.put("profiles/:name") { request, context in
      let name = try context.parameters.require("name")
      // What comes from the network is read before the key is held, and bounded.
      let text = String(buffer: try await request.body.collect(upTo: 1 << 16))
      try await profileLocks.withLock(name, timeout: bank.patience) {
        await bank.store.setProfile(of: name, to: text)
      }
      return HTTPResponse.Status.noContent
    }
  }

  /// For those who run the server.
  private func addOperations(to router: Router<BasicRequestContext>) {
    // A load balancer sends nothing more once the server shuts down.
    router.get("health") { _, _ in
      guard !bank.accountLocks.isClosed else { throw HTTPError(.serviceUnavailable) }
      return "ok"
    }
    router.get("locks") { _, _ in LockTableRegistry.dump() }
    router.get("metrics") { _, _ in metrics.text }
  }
}

extension Request {
  /// As the query says: `?milliseconds=500`.
  fileprivate var duration: Duration {
    .milliseconds(uri.queryParameters.get("milliseconds", as: Int.self) ?? 100)
  }
}
