/// A piece of HTML or SVG, which an XML parser reads too: that is how tests look at a page.
///
/// A literal stands for itself, and so does a piece that is put into one. All other values that are put
/// into a literal are escaped, here and nowhere else.
struct Markup: ExpressibleByStringInterpolation {
  let source: String

  init(stringLiteral source: String) { self.source = source }

  init(stringInterpolation parts: StringInterpolation) { source = parts.source }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var source = ""

    init(literalCapacity: Int, interpolationCount: Int) { source.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ literal: String) { source += literal }
    mutating func appendInterpolation(_ text: String) { source += Markup.escape(text) }
    mutating func appendInterpolation(_ count: Int) { source += String(count) }
    mutating func appendInterpolation(_ coordinate: Double) { source += SVG.number(coordinate) }
    mutating func appendInterpolation(_ piece: Markup?) { source += piece?.source ?? "" }
    mutating func appendInterpolation(_ pieces: [Markup]) { pieces.forEach { source += $0.source } }
  }

  /// Text that stands for itself in HTML, SVG, and attributes of both.
  static func escape(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      switch scalar {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      case "'": "&#39;"
      case "\t", "\n", "\r": String(scalar)
      // Neither XML nor HTML has a way to write these.
      case ..<" ", "\u{7f}"..."\u{9f}", "\u{fffe}", "\u{ffff}": "\u{fffd}"
      default: String(scalar)
      }
    }.joined()
  }
}
