/// What an answer says before its body.
struct AnswerHead {
  let status: Int
  let contentLength: Int
  /// Where the body begins.
  let end: Int

  private static let separator = Array("\r\n\r\n".utf8)

  /// Behind the empty line, if that has come.
  static func end(in bytes: [UInt8]) -> Int? {
    var index = 0
    while index + separator.count <= bytes.count {
      if bytes[index] == separator[0], bytes[index..<(index + separator.count)] == separator[...] {
        return index + separator.count
      }
      index += 1
    }
    return nil
  }

  init(_ bytes: ArraySlice<UInt8>, end: Int, _ address: ServerAddress) throws {
    let lines = bytes.split(separator: UInt8(ascii: "\n"))
    let words = lines.first?.split(separator: UInt8(ascii: " ")) ?? []
    guard words.count >= 2, words[0].starts(with: "HTTP/1".utf8), let status = Self.number(words[1])
    else {
      throw ServerFailure(description: "\(address) does not speak HTTP/1.")
    }
    guard let length = lines.dropFirst().lazy.compactMap(Self.contentLength).first else {
      throw ServerFailure(description: "\(address) answered without a Content-Length.")
    }
    self.status = status
    contentLength = length
    self.end = end
  }

  private static func contentLength(_ line: ArraySlice<UInt8>) -> Int? {
    let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1)
    guard parts.count == 2,
      String(decoding: parts[0], as: UTF8.self).lowercased() == "content-length"
    else { return nil }
    return number(parts[1])
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
    let digits = bytes.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\r") }
    return Int(String(decoding: digits, as: UTF8.self)).flatMap { $0 >= 0 ? $0 : nil }
  }
}
