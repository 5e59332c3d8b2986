/// A piece of HTML or SVG, which an XML parser reads too: that is how tests look at a page. Text and
/// attributes are escaped here, and nowhere else.
struct Markup {
  let source: String

  init(text: String) { source = Self.escape(text) }

  /// Style rules, which HTML does not unescape.
  init(verbatim: String) { source = verbatim }

  /// An element that holds text.
  init(_ name: String, _ attributes: KeyValuePairs<String, String?> = [:], text: String) {
    self.init(name, attributes) { Markup(text: text) }
  }

  /// An element. Attributes that are nil are left out.
  init(
    _ name: String, _ attributes: KeyValuePairs<String, String?> = [:],
    @MarkupBuilder _ children: () -> [Markup] = { [] }
  ) {
    let known = attributes.compactMap { name, value in
      value.map { " \(name)=\"\(Self.escape($0))\"" }
    }
    let content = children().map(\.source).joined()
    let isVoid = content.isEmpty && Self.void.contains(name)
    let line = Self.blocks.contains(name) ? "\n" : ""
    source = "<\(name)\(known.joined())\(isVoid ? "/>" : ">\(content)</\(name)>")\(line)"
  }

  /// The elements that are written without an end tag.
  private static let void: Set = ["meta", "path", "line", "circle", "rect"]
  /// Followed by a new line, so that the source can be read.
  private static let blocks: Set = [
    "head", "title", "style", "section", "figure", "svg", "tr", "p", "g", "details", "li", "div",
  ]

  /// Text that stands for itself in HTML, SVG, and attributes of both.
  static func escape(_ text: String) -> String {
    var output = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": output += "&amp;".unicodeScalars
      case "<": output += "&lt;".unicodeScalars
      case ">": output += "&gt;".unicodeScalars
      case "\"": output += "&quot;".unicodeScalars
      case "'": output += "&#39;".unicodeScalars
      case "\t", "\n", "\r": output.append(scalar)
      // Neither XML nor HTML has a way to write these.
      case ..<" ", "\u{7f}"..."\u{9f}", "\u{fffe}", "\u{ffff}": output.append("\u{fffd}")
      default: output.append(scalar)
      }
    }
    return String(output)
  }
}

/// Lists the children of an element, with `if` and `for`.
@resultBuilder enum MarkupBuilder {
  static func buildExpression(_ one: Markup) -> [Markup] { [one] }
  static func buildExpression(_ several: [Markup]) -> [Markup] { several }
  static func buildBlock(_ parts: [Markup]...) -> [Markup] { parts.flatMap { $0 } }
  static func buildArray(_ parts: [[Markup]]) -> [Markup] { parts.flatMap { $0 } }
  static func buildOptional(_ part: [Markup]?) -> [Markup] { part ?? [] }
  static func buildEither(first part: [Markup]) -> [Markup] { part }
  static func buildEither(second part: [Markup]) -> [Markup] { part }
}
