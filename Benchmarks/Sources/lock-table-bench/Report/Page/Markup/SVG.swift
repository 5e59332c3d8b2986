import Foundation

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
    width: Double, height: Double, _ kind: String, label: String?,
    @MarkupBuilder _ children: () -> [Markup]
  ) -> Markup {
    Markup(
      "svg",
      [
        "xmlns": "http://www.w3.org/2000/svg", "class": kind, "role": label.map { _ in "img" },
        "aria-label": label, "aria-hidden": label == nil ? "true" : nil,
        "viewBox": "0 0 \(number(width)) \(number(height))",
      ], children)
  }

  static func group(
    _ kind: String, title: String? = nil, @MarkupBuilder _ children: () -> [Markup]
  ) -> Markup {
    Markup("g", ["class": kind]) {
      if let title { Markup("title", text: title) }
      children()
    }
  }

  static func line(_ from: Position, _ to: Position, _ kind: String) -> Markup {
    Markup(
      "line",
      [
        "x1": number(from.x), "y1": number(from.y), "x2": number(to.x), "y2": number(to.y),
        "class": kind,
      ])
  }

  /// - Parameter closed: From the last position back to the first.
  static func path(
    _ positions: [Position], closed: Bool = false, dash: String? = nil, _ kind: String
  ) -> Markup {
    let steps = positions.map { "\(number($0.x)) \(number($0.y))" }
    let directions = "M" + steps.joined(separator: "L") + (closed ? "Z" : "")
    return Markup("path", ["class": kind, "d": directions, "stroke-dasharray": dash])
  }

  static func circle(_ center: Position, radius: Double, _ kind: String) -> Markup {
    Markup(
      "circle",
      ["cx": number(center.x), "cy": number(center.y), "r": number(radius), "class": kind])
  }

  static func text(
    _ text: String, at position: Position, _ anchor: Anchor, _ kind: String,
    @MarkupBuilder more: () -> [Markup] = { [] }
  ) -> Markup {
    Markup(
      "text",
      [
        "x": number(position.x), "y": number(position.y), "text-anchor": anchor.rawValue,
        "class": kind,
      ]
    ) {
      Markup(text: text)
      more()
    }
  }

  /// A coordinate: a hundredth of a pixel is more than an eye sees.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    let rounded = (value * 100).rounded() / 100
    return rounded == rounded.rounded() && rounded.magnitude < 1e9
      ? String(Int(rounded)) : String(rounded)
  }
}
