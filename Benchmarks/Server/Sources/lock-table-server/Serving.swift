import Foundation
import Hummingbird
import Logging
import NIOCore

/// What the server was told to be, for whoever loads it.
struct About: ResponseEncodable {
  var lock: String
  var accounts: Int
  var storeDelayMicroseconds: Int
}

/// Serves until the process is told to stop.
func serve(
  _ store: AccountStore, _ lock: AccountLock, _ about: About, port: Int
) async throws {
  var logger = Logger(label: "lock-table-server")
  logger.logLevel = .error
  let application = Application(
    router: router(store, lock, about),
    configuration: .init(address: .hostname("127.0.0.1", port: port)),
    onServerRunning: { channel in
      print("listening on 127.0.0.1:\(channel.localAddress?.port ?? port)")
      // Into a pipe as well: whoever started the server waits for the line.
      fflush(nil)
    },
    logger: logger)
  try await application.runService()
}

private func router(
  _ store: AccountStore, _ lock: AccountLock, _ about: About
) -> Router<BasicRequestContext> {
  let router = Router()
  router.post("accounts/:id/deposit") { _, context in
    let id = try account(context, in: store)
    let balance = try await lock.withLock(id) { try await store.deposit(to: id) }
    return String(balance)
  }
  router.get("accounts/:id") { _, context in
    String(store.balance(of: try account(context, in: store)))
  }
  router.get("total") { _, _ in String(store.total) }
  router.get("about") { _, _ in about }
  return router
}

private func account(_ context: BasicRequestContext, in store: AccountStore) throws -> Int {
  let id = try context.parameters.require("id", as: Int.self)
  guard store.contains(id) else {
    throw HTTPError(.notFound, message: "There is no account \(id).")
  }
  return id
}
