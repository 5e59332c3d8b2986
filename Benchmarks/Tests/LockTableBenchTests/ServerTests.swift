#if Server
  import NIOCore
  import NIOPosix
  import Testing

  @testable import lock_table_bench

  @Suite struct ServerTests {
    @Test func noDepositIsLost() async throws {
      let server = try await AccountServer(
        .locktable, AccountStore(accounts: 3, delay: .zero))
      let load = LoadPass(
        port: server.port, orders: Array(repeating: [0, 1, 2, 0], count: 8), schedule: .closed)
      let deposits = try await load.run(seconds: 0.1).operations
      #expect(deposits > 0)
      #expect(server.store.total == deposits)
    }

    @Test(arguments: [
      "HTTP/1.1 200 OK\r\ncontent-LENGTH: 2\r\nDate: now\r\n\r\n42",
      "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length:0\r\n\r\n",
    ])
    func anAnswerCounts(text: String) async throws {
      #expect(try await load(whoseAnswerIs: text).operations > 0)
    }

    @Test(arguments: [
      "SSH-2.0-server\r\n\r\n": "invalid constant",
      "HTTP/1.1 fine\r\n\r\n": "invalid HTTP status code",
      "HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\n": "content-length",
      "HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n": "frameTooLong",
      "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno": "answered 404: no",
      "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n": "answered 500",
      "HTTP/1.1 200 OK\r\n": "has not answered for 1 s",
      "": "closed a connection",
    ])
    func whatIsNoAnswerIsSaid(text: String, reason: String) async {
      await #expect {
        try await load(whoseAnswerIs: text)
      } throws: {
        "\($0)".contains("http://127.0.0.1:") && "\($0)".contains(reason)
      }
    }

    @Test func aServerThatIsNotThereIsNamed() async {
      await #expect {
        try await LoadPass(port: 1, orders: [[0]], schedule: .closed).run(seconds: 0.1)
      } throws: {
        "\($0)".contains("http://127.0.0.1:1:")
      }
    }

    private func load(whoseAnswerIs text: String) async throws -> PassResult {
      let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(Answering(text))
          }
        }
        .bind(host: "127.0.0.1", port: 0).get()
      defer { server.close(promise: nil) }
      let port = try #require(server.localAddress?.port)
      let load = LoadPass(
        port: port, orders: [[0]], schedule: .closed, patience: .seconds(1))
      return try await load.run(seconds: 0.1)
    }
  }

  /// Answers each request with a text; with none it closes the connection.
  private final class Answering: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let text: String

    init(_ text: String) { self.text = text }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      guard !text.isEmpty else { return context.close(promise: nil) }
      context.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
    }
  }
#endif
