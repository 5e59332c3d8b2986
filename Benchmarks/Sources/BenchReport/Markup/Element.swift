/// An element of HTML or SVG.
///
/// It is written so that an XML parser reads it too, which is how tests look at a page. Whatever
/// is text or an attribute is escaped on its way out, here and nowhere else.
struct Element {
  var name: String
  var attributes: [(name: String, value: String)]
  var children: [Node]

  enum Node {
    case element(Element)
    case text(String)
    /// Style rules, which HTML does not unescape.
    case verbatim(String)
  }

  init(_ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ children: [Node] = []) {
    self.name = name
    self.attributes = attributes.map { ($0.key, $0.value) }
    self.children = children
  }

  init(_ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ children: [Element]) {
    self.init(name, attributes, children.map(Node.element))
  }

  init(_ name: String, _ attributes: KeyValuePairs<String, String> = [:], text: String) {
    self.init(name, attributes, [.text(text)])
  }

  /// The elements that HTML knows without an end tag.
  private static let empty: Set<String> = ["meta", "br", "hr"]
  /// The elements of SVG that are shortest without one.
  private static let shapes: Set<String> = ["path", "line", "circle", "rect", "use"]

  var text: String {
    var output = ""
    write(to: &output)
    return output
  }

  private func write(to output: inout String) {
    output += "<\(name)"
    for (name, value) in attributes {
      output += " \(name)=\"\(Self.escape(value))\""
    }
    if children.isEmpty, Self.empty.contains(name) || Self.shapes.contains(name) {
      output += "/>"
      return
    }
    output += ">"
    for child in children {
      switch child {
      case .element(let element): element.write(to: &output)
      case .text(let text): output += Self.escape(text)
      case .verbatim(let text): output += text
      }
    }
    output += "</\(name)>"
    if Self.blocks.contains(name) {
      output += "\n"
    }
  }

  /// Followed by a new line, so that the source can be read.
  private static let blocks: Set<String> = [
    "head", "title", "style", "header", "section", "figure", "svg", "table", "tr", "p", "g", "h1",
    "h2", "h3", "nav", "footer", "details", "main", "li",
  ]

  /// Text that says itself in HTML, SVG, and attributes of both.
  static func escape(_ text: String) -> String {
    var output = ""
    output.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": output += "&amp;"
      case "<": output += "&lt;"
      case ">": output += "&gt;"
      case "\"": output += "&quot;"
      case "'": output += "&#39;"
      // Neither XML nor HTML has a way to write these.
      case "\t", "\n", "\r": output.unicodeScalars.append(scalar)
      case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}", "\u{fffe}", "\u{ffff}": output += "\u{fffd}"
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output
  }
}
