#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Why a server could not be loaded, in a sentence.
struct ServerFailure: Error, CustomStringConvertible {
  var description: String
}

/// Where a server listens.
struct ServerAddress: Sendable, CustomStringConvertible {
  var host: String
  var port: Int

  var description: String { "http://\(host):\(port)" }
}

/// A connection that is kept alive, by blocking calls: one request at a time, as much HTTP/1.1 as a
/// benchmark's answers need, and no thread between the clock and the socket.
struct HTTPConnection: ~Copyable {
  private let socket: Int32
  private let address: ServerAddress
  private var buffer: [UInt8] = []

  /// No answer for so long is a failure.
  private static var patienceSeconds: Int { 20 }

  init(_ address: ServerAddress) throws {
    self.address = address
    socket = try Self.connect(address)
  }

  deinit {
    close(socket)
  }

  /// Sends a request without a body, and returns the body of the answer, which has to be a 200.
  mutating func request(_ bytes: [UInt8]) throws -> ArraySlice<UInt8> {
    try send(bytes)
    buffer.removeAll(keepingCapacity: true)
    var head: AnswerHead?
    while true {
      if head == nil, let end = AnswerHead.end(in: buffer) {
        head = try AnswerHead(buffer[..<end], end: end, address)
      }
      if let head, buffer.count >= head.end + head.contentLength {
        let body = buffer[head.end..<(head.end + head.contentLength)]
        guard head.status == 200 else {
          let text = String(decoding: body, as: UTF8.self)
          throw ServerFailure(description: "\(address) answered \(head.status): \(text)")
        }
        return body
      }
      try receive()
    }
  }

  /// The bytes of such a request, to be made once.
  static func bytes(_ method: String, _ path: String, _ address: ServerAddress) -> [UInt8] {
    Array("\(method) \(path) HTTP/1.1\r\nHost: \(address.host)\r\nContent-Length: 0\r\n\r\n".utf8)
  }

  private func send(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      #if canImport(Darwin)
        let flags: Int32 = 0
      #else
        // A closed connection is to be an error, not a signal.
        let flags = Int32(MSG_NOSIGNAL)
      #endif
      let count = rest.withUnsafeBytes { systemSend(socket, $0.baseAddress, $0.count, flags) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failure("sending") }
      rest = rest.dropFirst(count)
    }
  }

  private mutating func receive() throws {
    // A time limit of the socket's own would do without a second call, but its type is not to be had:
    // which module it belongs to depends on what else is built.
    var events = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    let ready = poll(&events, 1, Int32(Self.patienceSeconds * 1_000))
    if ready < 0 && errno == EINTR { return }
    guard ready != 0 else {
      throw ServerFailure(
        description: "\(address) has not answered for \(Self.patienceSeconds) s.")
    }
    // Sound: the closure says how many bytes it has written, and the array has room for them.
    let count = withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { bytes in
      let count = recv(socket, bytes.baseAddress, bytes.count, 0)
      if count > 0 {
        buffer.append(contentsOf: bytes[..<count])
      }
      return count
    }
    if count < 0 && errno == EINTR { return }
    guard count != 0 else {
      throw ServerFailure(description: "\(address) closed a connection that was to be kept alive.")
    }
    guard count > 0 else { throw failure("receiving") }
  }

  private func failure(_ doing: String) -> ServerFailure {
    ServerFailure(
      description: "\(doing) failed at \(address): \(String(cString: strerror(errno))).")
  }
}

extension HTTPConnection {
  private static func connect(_ address: ServerAddress) throws -> Int32 {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    #if canImport(Glibc)
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #else
      hints.ai_socktype = SOCK_STREAM
    #endif
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(address.host, String(address.port), &hints, &list) == 0 else {
      throw ServerFailure(description: "the host \(address.host) is not known.")
    }
    defer { freeaddrinfo(list) }
    var next = list
    while let info = next?.pointee {
      if let socket = connect(info) { return socket }
      next = info.ai_next
    }
    throw ServerFailure(description: "nothing listens at \(address).")
  }

  private static func connect(_ info: addrinfo) -> Int32? {
    let socket = systemSocket(info.ai_family, info.ai_socktype, info.ai_protocol)
    guard socket >= 0 else { return nil }
    guard systemConnect(socket, info.ai_addr, info.ai_addrlen) == 0 else {
      close(socket)
      return nil
    }
    // A request is one small packet, which is not to wait for another.
    var on: Int32 = 1
    setsockopt(
      socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout.size(ofValue: on)))
    return socket
  }
}

// Under names of their own: those of C are hidden by the type's members.

private func systemSocket(_ family: Int32, _ type: Int32, _ proto: Int32) -> Int32 {
  socket(family, type, proto)
}

private func systemConnect(
  _ socket: Int32, _ address: UnsafePointer<sockaddr>?, _ length: socklen_t
) -> Int32 {
  connect(socket, address, length)
}

private func systemSend(
  _ socket: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, _ flags: Int32
) -> Int {
  send(socket, bytes, count, flags)
}
