/// Who is drawn how: the same name looks the same in every chart of a page.
///
/// Colours are told apart by those who are colour-blind, and nothing depends on them alone: dashes
/// and markers differ as well, and lines have their names beside them.
struct Palette {
  struct Style {
    /// Of the style sheet, which knows the colour.
    var kind: String
    var marker: Marker
    /// Nil for a solid line.
    var dash: String?
    var standing: Standing
  }

  private var styles: [String: Style] = [:]

  /// Styles are given out in the order in which names appear.
  init(_ charts: [Chart]) {
    for (name, standing) in charts.flatMap(\.names) where styles[name] == nil {
      let number = styles.values.count { $0.standing == standing }
      styles[name] = Self.style(number, standing)
    }
  }

  func style(_ name: String, _ standing: Standing) -> Style {
    styles[name] ?? Self.style(0, standing)
  }

  /// The colours of each standing that the style sheet has.
  static let ourColors = 3
  static let peerColors = 6
  static let referenceColors = 2

  private static func style(_ number: Int, _ standing: Standing) -> Style {
    switch standing {
    case .ours:
      let markers: [Marker] = [.disc, .ring, .square]
      let dashes = [nil, "9 4", "3 3"]
      return Style(
        kind: "ours-\(number % ourColors)", marker: markers[number % markers.count],
        dash: dashes[number % dashes.count], standing: standing)
    case .peer:
      let markers: [Marker] = [.square, .triangle, .diamond, .cross, .wedge, .plus, .ring]
      let dashes = [nil, "7 3", "2 3", "9 3 2 3", "12 3", "5 2 1 2 1 2", "4 4"]
      return Style(
        kind: "peer-\(number % peerColors)", marker: markers[number % markers.count],
        dash: dashes[number % dashes.count], standing: standing)
    case .reference:
      let markers: [Marker] = [.plus, .cross]
      return Style(
        kind: "reference-\(number % referenceColors)", marker: markers[number % markers.count],
        dash: "1 3", standing: standing)
    case .item: return Style(kind: "ours-0", marker: .disc, dash: nil, standing: standing)
    }
  }
}

extension Chart {
  /// Who is in it.
  fileprivate var names: [(String, Standing)] {
    switch self {
    case .lines(let chart): chart.series.map { ($0.name, $0.standing) }
    case .rows(let chart): chart.groups.flatMap(\.rows).map { ($0.name, $0.standing) }
    }
  }
}

/// The shape of a point.
enum Marker {
  case disc
  case ring
  case square
  case triangle
  case wedge
  case diamond
  case cross
  case plus

  func drawn(at center: SVG.Position, size: Double) -> Element {
    func around(_ offsets: [(Double, Double)]) -> [SVG.Position] {
      offsets.map { SVG.Position(x: center.x + $0 * size, y: center.y + $1 * size) }
    }
    func strokes(_ first: [(Double, Double)], _ second: [(Double, Double)]) -> Element {
      SVG.group(
        "mark-open",
        [SVG.polyline(around(first), "stroke"), SVG.polyline(around(second), "stroke")])
    }
    return switch self {
    case .disc: SVG.circle(center, radius: size, "mark")
    case .ring: SVG.circle(center, radius: size, "mark hollow")
    case .square: SVG.polygon(around([(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]), "mark")
    case .triangle: SVG.polygon(around([(0, -1.15), (1.1, 0.85), (-1.1, 0.85)]), "mark")
    case .wedge: SVG.polygon(around([(0, 1.15), (1.1, -0.85), (-1.1, -0.85)]), "mark")
    case .diamond: SVG.polygon(around([(0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)]), "mark")
    case .cross: strokes([(-0.9, -0.9), (0.9, 0.9)], [(0.9, -0.9), (-0.9, 0.9)])
    case .plus: strokes([(-1.2, 0), (1.2, 0)], [(0, -1.2), (0, 1.2)])
    }
  }
}
