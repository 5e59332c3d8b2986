/// A place in a drawing, or the way from one to another.
typealias Position = SIMD2<Double>

/// The few shapes that charts are made of. Their kinds are classes of the style sheet.
enum SVG {
  enum Anchor: String {
    case start, middle, end
  }

  /// A drawing that stretches to the width it is given.
  ///
  /// - Parameter label: What it shows, for those who can't see it. Nil for a drawing that adds nothing.
  static func drawing(
    width: Double, height: Double, _ kind: String, label: String?, _ content: Markup
  ) -> Markup {
    let label: Markup =
      label.map { #"role="img" aria-label="\#($0)""# } ?? #"aria-hidden="true""#
    return """
      <svg xmlns="http://www.w3.org/2000/svg" class="\(kind)" \(label) viewBox="0 0 \(width) \(height)">
      \(content)</svg>

      """
  }

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
    guard value.isFinite else { return "0" }
    let rounded = (value * 100).rounded() / 100
    return rounded == rounded.rounded() && rounded.magnitude < 1e9
      ? String(Int(rounded)) : String(rounded)
  }
}
