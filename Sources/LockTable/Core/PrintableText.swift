/// Makes text that clients chose safe for a line of a log or a terminal. Snapshots, events, logs
/// and messages take keys and names from here and from nowhere else.
///
/// Control characters (C0, DEL, C1), separators of lines and paragraphs, and controls of the
/// direction of text are escaped, as in a literal of Swift. So text that a client chose can't begin
/// a line, move a cursor, or reorder the text next to it. Text of more than 128 scalars is cut off
/// there; "…" and its length in bytes follow.
enum PrintableText {
  static let mostScalars = 128
  static let mostBytes = 64

  /// What is escaped in addition to control characters.
  enum Style {
    /// Backslashes. So different texts stay different, except for what is cut off.
    case plain
    /// Backslashes and quotes, within quotes.
    case quoted
    /// Nothing more: as a rule, text in a description is quoted and escaped already.
    case described
  }

  /// Returns words for a key.
  static func name(of key: Any) -> String {
    switch key {
    case let text as any StringProtocol:
      return escaped(String(text))
    case let bytes as any RandomAccessCollection<UInt8>:
      return hex(bytes)
    case let pair as any PrintablePair:
      return pair.printableName
    case let wrapper as any RawRepresentable where !(wrapper is any CustomStringConvertible):
      guard let bytes = wrapper.rawValue as? any RandomAccessCollection<UInt8> else { break }
      return "\(type(of: wrapper))(rawValue: \(hex(bytes)))"
    default:
      break
    }
    return escaped(String(describing: key), as: .described)
  }

  /// Returns words for a part of a key. Text is quoted.
  static func name(ofPart part: Any) -> String {
    guard let text = part as? any StringProtocol else { return name(of: part) }
    return quoted(String(text))
  }

  static func quoted(_ text: String) -> String {
    "\"\(escaped(text, as: .quoted))\""
  }

  static func escaped(_ text: String, as style: Style = .plain) -> String {
    var printable = ""
    var rest = text.unicodeScalars[...]
    for scalar in rest.prefix(mostScalars) {
      let isEscaped =
        switch scalar {
        case "\\": style != .described
        case "\"": style == .quoted
        default: scalar.isControl
        }
      if isEscaped {
        printable += scalar.escaped(asASCII: true)
      } else {
        printable.unicodeScalars.append(scalar)
      }
    }
    rest = rest.dropFirst(mostScalars)
    return rest.isEmpty ? printable : "\(printable)… (\(text.utf8.count) bytes)"
  }

  /// `0x0aff`. If there are more than 64 bytes, the first 64, then "…" and the number of bytes.
  static func hex(_ bytes: some RandomAccessCollection<UInt8>) -> String {
    var printable = "0x"
    for byte in bytes.prefix(mostBytes) {
      printable += byte < 16 ? "0" : ""
      printable += String(byte, radix: 16)
    }
    return bytes.count > mostBytes ? "\(printable)… (\(bytes.count) bytes)" : printable
  }
}

/// A `LockKeyPair`. Each part is bounded, so the pair is bounded too.
protocol PrintablePair {
  var printableParts: [String] { get }
}

extension PrintablePair {
  var printableName: String { "(\(printableParts.joined(separator: ", ")))" }
}

extension LockKeyPair: PrintablePair {
  /// A second part that is a pair makes the key one of three parts.
  var printableParts: [String] {
    let rest =
      (second as? any PrintablePair)?.printableParts ?? [PrintableText.name(ofPart: second)]
    return [PrintableText.name(ofPart: first)] + rest
  }
}

extension Unicode.Scalar {
  fileprivate var isControl: Bool {
    switch value {
    case 0..<0x20, 0x7f..<0xa0: true
    // Separators of lines and of paragraphs.
    case 0x2028, 0x2029: true
    // Marks, embeddings, overrides and isolates of a direction.
    case 0x061c, 0x200e, 0x200f, 0x202a...0x202e, 0x2066...0x2069: true
    default: false
    }
  }
}
