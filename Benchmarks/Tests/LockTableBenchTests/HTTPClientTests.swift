import NIOCore
import NIOPosix
import Testing

@testable import lock_table_bench

@Suite struct HTTPClientTests {
  @Test func theBodyOfAnAnswerIsReturned() throws {
    #expect(try answer(to: "HTTP/1.1 200 OK\r\ncontent-LENGTH: 2\r\nDate: now\r\n\r\n42") == "42")
    #expect(try answer(to: "HTTP/1.0 200 OK\r\nContent-Length:0\r\n\r\n") == "")
  }

  @Test(arguments: [
    "SSH-2.0-server\r\n\r\n": "invalid constant",
    "HTTP/1.1 fine\r\n\r\n": "invalid HTTP status code",
    "HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\n": "content-length",
    "HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n": "frameTooLong",
    "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno": "answered 404: no",
    "": "closed a connection",
  ])
  func whatIsNoAnswerIsSaid(text: String, reason: String) {
    #expect {
      try answer(to: text)
    } throws: {
      "\($0)".contains("http://127.0.0.1:") && "\($0)".contains(reason)
    }
  }

  @Test func aServerThatIsNotThereIsNamed() {
    #expect {
      try httpGet("/", from: ServerAddress(host: "127.0.0.1", port: 1))
    } throws: {
      "\($0)".contains("http://127.0.0.1:1:")
    }
  }

  private func answer(to text: String) throws -> String {
    let server = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Answering(text))
        }
      }
      .bind(host: "127.0.0.1", port: 0).wait()
    defer { server.close(promise: nil) }
    let port = try #require(server.localAddress?.port)
    return try httpGet("/", from: ServerAddress(host: "127.0.0.1", port: port))
  }
}

/// Answers with a text and closes the connection.
private final class Answering: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private let text: String

  init(_ text: String) { self.text = text }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    context.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
    context.close(promise: nil)
  }
}
