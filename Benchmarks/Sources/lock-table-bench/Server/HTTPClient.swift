import NIOCore
import NIOHTTP1
import NIOPosix

/// Why a server could not be loaded, in a sentence.
struct ServerFailure: Error, CustomStringConvertible {
  var description: String
}

struct ServerAddress: Sendable, CustomStringConvertible {
  var host: String
  var port: Int

  var description: String { "http://\(host):\(port)" }
}

/// What a connection does next.
enum ClientStep {
  /// Sends a request without a body.
  case request(HTTPMethod, path: String)
  /// Asks again after so many nanoseconds.
  case wait(UInt64)
  case close
}

/// Keeps a connection, with one request under way at a time, and does what `step` says: on the connection's
/// thread, when it is there, and then with the body of each answer. All answers have to be of status 200. The
/// futures complete when the connection is there, and when it is closed.
func openConnection(
  to address: ServerAddress, _ step: @escaping @Sendable (_ answer: String?) -> ClientStep
) -> (opened: EventLoopFuture<Void>, ended: EventLoopFuture<Void>) {
  let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
  let ended = eventLoop.makePromise(of: Void.self)
  let opened = ClientBootstrap(group: eventLoop)
    .channelInitializer { channel in
      channel.eventLoop.makeCompletedFuture {
        try channel.pipeline.syncOperations.addHTTPClientHandlers()
        try channel.pipeline.syncOperations.addHandlers([
          NIOHTTPClientResponseAggregator(maxContentLength: 1 << 16),
          ClientHandler(step, address, ended),
        ])
      }
    }
    .connect(host: address.host, port: address.port)
    .map { _ in }
  opened.cascadeFailure(to: ended)
  return (opened.named(address), ended.futureResult.named(address))
}

/// Asks once, and blocks until it has the body of the answer.
func httpGet(_ path: String, from address: ServerAddress) throws -> String {
  let body = Box("")
  let ended = openConnection(to: address) { answer in
    guard let answer else { return .request(.GET, path: path) }
    body.value = answer
    return .close
  }.ended
  try ended.wait()
  return body.value
}

extension EventLoopFuture {
  /// Fails in words.
  fileprivate func named(_ address: ServerAddress) -> EventLoopFuture<Value> {
    flatMapErrorThrowing { throw ServerFailure(description: "\(address): \($0)") }
  }
}

private final class ClientHandler: ChannelInboundHandler {
  typealias InboundIn = NIOHTTPClientResponseFull
  typealias OutboundOut = HTTPClientRequestPart

  private let step: @Sendable (_ answer: String?) -> ClientStep
  private let headers: HTTPHeaders
  private let ended: EventLoopPromise<Void>
  private var timeout: Scheduled<Void>?

  /// No answer for so long is a failure.
  private static let patience = TimeAmount.seconds(20)

  init(
    _ step: @escaping @Sendable (_ answer: String?) -> ClientStep, _ address: ServerAddress,
    _ ended: EventLoopPromise<Void>
  ) {
    self.step = step
    self.ended = ended
    headers = ["host": address.host, "content-length": "0"]
  }

  func channelActive(context: ChannelHandlerContext) { go(on: context, after: nil) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    timeout?.cancel()
    let answer = unwrapInboundIn(data)
    let body = answer.body.map(String.init(buffer:)) ?? ""
    guard answer.head.status == .ok else {
      return fail("answered \(answer.head.status.code): \(body)", context)
    }
    go(on: context, after: body)
  }

  private func go(on context: ChannelHandlerContext, after answer: String?) {
    let eventLoop = context.eventLoop.assumeIsolated()
    switch step(answer) {
    case .request(let method, let path):
      let head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)
      context.write(wrapOutboundOut(.head(head)), promise: nil)
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      timeout = eventLoop.scheduleTask(in: Self.patience) {
        self.fail("has not answered for \(Self.patience.nanoseconds / 1_000_000_000) s", context)
      }
    case .wait(let nanoseconds):
      eventLoop.scheduleTask(in: .nanoseconds(Int64(nanoseconds))) {
        self.go(on: context, after: nil)
      }
    case .close:
      ended.succeed()
      context.close(promise: nil)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    fail("closed a connection that was to be kept alive", context)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { fail("\(error)", context) }

  private func fail(_ reason: String, _ context: ChannelHandlerContext) {
    timeout?.cancel()
    // Of no effect if the client has ended.
    ended.fail(ServerFailure(description: reason))
    context.close(promise: nil)
  }
}
