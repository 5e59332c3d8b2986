import Hummingbird
import LockTable

/// Names the request in all that reports who holds or awaits a key.
struct Labels<Context: RequestContext>: RouterMiddleware {
  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    try await LockLabel.$current.withValue("\(request.method) \(request.uri.path)") {
      try await next(request, context)
    }
  }
}

/// Makes answers of errors. A key that was not to be had is no fault of the client's or of the server's: the
/// answer is 503, and when to try again.
struct Refusals<Context: RequestContext>: RouterMiddleware {
  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let error as LockTableError {
      // One sentence with the key, the table and the holder: for the log, not for the client.
      context.logger.warning("\(error)")
      throw unavailable(after: error.reason == .closed ? 10 : 1)
    } catch is CancellationError {
      // The server shuts down, or the client has gone.
      throw unavailable(after: 10)
    } catch is Store.NoSuchAccount {
      throw HTTPError(.notFound)
    } catch is Store.InsufficientFunds {
      throw HTTPError(.conflict, message: "insufficient funds")
    }
  }

  private func unavailable(after seconds: Int) -> HTTPError {
    HTTPError(.serviceUnavailable, headers: [.retryAfter: String(seconds)])
  }
}
