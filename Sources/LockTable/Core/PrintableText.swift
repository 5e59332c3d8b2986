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

  /// Returns words for a key: `account-42`, or the parts of a key of several, `7/Jörg`.
  static func name(of key: Any) -> String { joined(parts(of: key)) }

  /// Returns words for each part of a key. A wrapper is what it wraps, as its type is the table's,
  /// unless it has a description.
  static func parts(of key: Any) -> [String] {
    switch key {
    case let text as any StringProtocol:
      return [escaped(String(text))]
    case let bytes as any RandomAccessCollection<UInt8>:
      return [hex(bytes)]
    case let pair as any PrintablePair:
      return pair.printableParts
    case is any CustomStringConvertible:
      break
    case let key as any LockKey where !isEnum(key):
      return parts(of: key.lockIdentity)
    case let wrapper as any RawRepresentable where !isEnum(wrapper):
      return parts(of: wrapper.rawValue)
    default:
      break
    }
    return [escaped(String(describing: key), as: .described)]
  }

  /// Different parts make different texts. So a part that one could take for several, or for a part
  /// in quotes, is quoted.
  static func joined(_ parts: [String]) -> String {
    guard parts.count > 1 else { return parts.first ?? "" }
    return parts.map { part in
      guard part.isEmpty || part.hasPrefix("\"") || part.utf8.contains(UInt8(ascii: "/")) else {
        return part
      }
      let pieces = part.split(separator: "\"", omittingEmptySubsequences: false)
      return "\"" + pieces.joined(separator: #"\""#) + "\""
    }.joined(separator: "/")
  }

  /// The name of a case says more than its raw value.
  private static func isEnum(_ key: Any) -> Bool { Mirror(reflecting: key).displayStyle == .enum }

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
  /// Words for each part, and for the parts of each part.
  var printableParts: [String] { get }
  /// The same, from the bytes of a pair.
  static func printableParts(of bytes: UnsafeRawBufferPointer) -> [String]?
}

extension LockKeyPair: PrintablePair {
  var printableParts: [String] {
    PrintableText.parts(of: first) + PrintableText.parts(of: second)
  }

  static func printableParts(of bytes: UnsafeRawBufferPointer) -> [String]? {
    guard let (head, tail) = parts(of: bytes), let first = First.integer(of: head),
      let second = Second.integer(of: tail)
    else { return nil }
    return First.printableParts(integer: first, bytes: head.content)
      + Second.printableParts(integer: second, bytes: tail.content)
  }
}

extension LockKey {
  /// Words for each part of a key, or of its identity if the key can't be made of it.
  static func printableParts(integer: UInt64, bytes: UnsafeRawBufferPointer) -> [String] {
    if let key = _make(lockInteger: integer, lockBytes: bytes) {
      return PrintableText.parts(of: key)
    }
    if let pair = Self.self as? any PrintablePair.Type,
      let parts = pair.printableParts(of: bytes)
    {
      return parts
    }
    guard LockIdentity.self != Self.self else { return [PrintableText.hex(bytes)] }
    return LockIdentity.printableParts(integer: integer, bytes: bytes)
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
