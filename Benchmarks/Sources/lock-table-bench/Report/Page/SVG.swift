/// A place in a drawing, or the way from one to another.
typealias Position = SIMD2<Double>

/// The few shapes that charts are made of. Their kinds are classes of the style sheet.
enum SVG {
  enum Anchor: String { case start, middle, end }

  static func group(_ kind: String, title: String? = nil, _ content: Markup) -> Markup {
    let title: Markup? = title.map { "<title>\($0)</title>" }
    return """
      <g class="\(kind)">\(title)\(content)</g>

      """
  }

  static func line(_ from: Position, _ to: Position, _ kind: String) -> Markup {
    #"<line x1="\#(from.x)" y1="\#(from.y)" x2="\#(to.x)" y2="\#(to.y)" class="\#(kind)"/>"#
  }

  /// - Parameter closed: From the last position back to the first.
  static func path(
    _ positions: [Position], closed: Bool = false, dash: String? = nil, _ kind: String
  ) -> Markup {
    let steps = positions.map { "\(number($0.x)) \(number($0.y))" }.joined(separator: "L")
    let dash: Markup? = dash.map { #" stroke-dasharray="\#($0)""# }
    return #"<path class="\#(kind)" d="M\#(steps)\#(closed ? "Z" : "")"\#(dash)/>"#
  }

  static func circle(_ center: Position, radius: Double, _ kind: String) -> Markup {
    #"<circle cx="\#(center.x)" cy="\#(center.y)" r="\#(radius)" class="\#(kind)"/>"#
  }

  static func text(
    _ text: String, at position: Position, _ anchor: Anchor, _ kind: String, more: Markup? = nil
  ) -> Markup {
    """
    <text x="\(position.x)" y="\(position.y)" text-anchor="\(anchor.rawValue)" class="\(kind)">\
    \(text)\(more)</text>
    """
  }

  /// A coordinate: a hundredth of a pixel is more than an eye sees.
  static func number(_ value: Double) -> String {
    // Adding 0 makes one of -0.
    let text = value.isFinite ? "\((value * 100).rounded() / 100 + 0)" : "0"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
