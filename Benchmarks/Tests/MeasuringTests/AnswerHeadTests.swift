import Testing

@testable import lock_table_bench

@Suite struct AnswerHeadTests {
  private let server = ServerAddress(host: "localhost", port: 80)

  private func read(_ text: String) throws -> AnswerHead {
    let bytes = Array(text.utf8)
    let end = try #require(AnswerHead.end(in: bytes))
    return try AnswerHead(bytes[..<end], end: end, server)
  }

  @Test func statusLengthAndWhereTheBodyBegins() throws {
    let text = "HTTP/1.1 200 OK\r\ncontent-LENGTH: 12\r\nDate: now\r\n\r\n"
    let head = try read(text + "0123456789ab")
    #expect(head.status == 200 && head.contentLength == 12 && head.end == text.utf8.count)
    #expect(try read("HTTP/1.0 404\r\nContent-Length:0\r\n\r\n").status == 404)
  }

  @Test(arguments: ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r"])
  func aHeadThatHasNotAllCome(text: String) {
    #expect(AnswerHead.end(in: Array(text.utf8)) == nil)
  }

  @Test(arguments: [
    "SSH-2.0-server\r\n\r\n": "does not speak HTTP/1",
    "HTTP/1.1 fine\r\n\r\n": "does not speak HTTP/1",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n": "without a Content-Length",
    "HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\n": "without a Content-Length",
  ])
  func whatIsNoAnswerIsSaid(text: String, reason: String) {
    #expect {
      try read(text)
    } throws: {
      "\($0)".contains(reason) && "\($0)".contains("http://localhost:80")
    }
  }
}
