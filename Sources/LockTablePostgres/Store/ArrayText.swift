#if Postgres
  /// Makes the text of a PostgreSQL array of texts.
  func arrayText(_ elements: some Sequence<String>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(128)
    text.append(UInt8(ascii: "{"))
    for element in elements {
      if text.count > 1 { text.append(UInt8(ascii: ",")) }
      text.append(UInt8(ascii: "\""))
      for byte in element.utf8 {
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
          text.append(UInt8(ascii: "\\"))
        }
        text.append(byte)
      }
      text.append(UInt8(ascii: "\""))
    }
    text.append(UInt8(ascii: "}"))
    return String(decoding: text, as: UTF8.self)
  }
#endif
