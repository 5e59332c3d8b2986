import Foundation

/// The few shapes that charts are made of.
enum SVG {
  struct Position: Equatable {
    var x: Double
    var y: Double
  }

  enum Anchor: String {
    case start
    case middle
    case end
  }

  /// A drawing that stretches to the width it is given, and says what it shows to those who can't
  /// see it.
  static func drawing(
    width: Double, height: Double, kind: String, label: String, _ children: [Element]
  ) -> Element {
    Element(
      "svg",
      [
        "xmlns": "http://www.w3.org/2000/svg", "class": kind, "role": "img", "aria-label": label,
        "viewBox": "0 0 \(number(width)) \(number(height))",
      ], children)
  }

  static func group(_ kind: String, title: String? = nil, _ children: [Element]) -> Element {
    let title = title.map { [Element("title", text: $0)] } ?? []
    return Element("g", ["class": kind], title + children)
  }

  static func line(_ from: Position, _ to: Position, _ kind: String) -> Element {
    Element(
      "line",
      [
        "x1": number(from.x), "y1": number(from.y), "x2": number(to.x), "y2": number(to.y),
        "class": kind,
      ])
  }

  static func polyline(_ positions: [Position], _ kind: String, dash: String? = nil) -> Element {
    var path = Element("path", ["class": kind, "d": directions(positions)])
    if let dash {
      path.attributes.append(("stroke-dasharray", dash))
    }
    return path
  }

  static func polygon(_ positions: [Position], _ kind: String) -> Element {
    Element("path", ["class": kind, "d": directions(positions) + "Z"])
  }

  static func rectangle(x: Double, y: Double, width: Double, height: Double, _ kind: String)
    -> Element
  {
    Element(
      "rect",
      [
        "x": number(x), "y": number(y), "width": number(max(width, 0)),
        "height": number(max(height, 0)), "class": kind,
      ])
  }

  static func circle(_ center: Position, radius: Double, _ kind: String) -> Element {
    Element(
      "circle",
      ["cx": number(center.x), "cy": number(center.y), "r": number(radius), "class": kind])
  }

  static func text(_ text: String, at position: Position, _ anchor: Anchor, _ kind: String)
    -> Element
  {
    Element(
      "text",
      [
        "x": number(position.x), "y": number(position.y), "text-anchor": anchor.rawValue,
        "class": kind,
      ], text: text)
  }

  private static func directions(_ positions: [Position]) -> String {
    positions.enumerated().map { index, position in
      "\(index == 0 ? "M" : "L")\(number(position.x)) \(number(position.y))"
    }.joined()
  }

  /// A coordinate: a hundredth of a pixel is more than anybody sees.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    let rounded = (value * 100).rounded() / 100
    return rounded == rounded.rounded() && rounded.magnitude < 1e9
      ? String(Int(rounded)) : String(rounded)
  }
}
