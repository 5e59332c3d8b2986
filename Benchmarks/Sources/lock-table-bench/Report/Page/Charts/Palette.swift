/// How each contender is drawn: the same name looks the same in every chart of a page.
///
/// Colours are told apart by those who are colour-blind, and nothing depends on them alone: dashes
/// and markers differ as well, and lines have their names beside them.
struct Palette {
  /// The kind is a class of the style sheet, which knows the colour; a solid line has no dash.
  typealias Style = (kind: String, marker: Marker, dash: String?)

  private var styles: [String: Style] = [:]

  /// Styles are given out in the order in which names appear.
  init(_ charts: [any Chart]) {
    var counts: [Standing: Int] = [:]
    for (name, standing) in charts.flatMap(\.names) where styles[name] == nil {
      styles[name] = Self.style(counts[standing, default: 0], standing)
      counts[standing, default: 0] += 1
    }
  }

  subscript(name: String) -> Style { styles[name] ?? Self.style(0, .peer) }

  private static func style(_ number: Int, _ standing: Standing) -> Style {
    // As many colours as the style sheet has.
    let (kind, colors, markers, dashes): (String, Int, [Marker], [String?]) =
      switch standing {
      case .ours: ("ours", 3, [.disc, .ring, .square], [nil, "9 4", "3 3"])
      case .peer:
        ("peer", 6, [.square, .triangle, .diamond, .cross, .ring], [nil, "7 3", "2 3", "9 3 2 3"])
      case .reference: ("reference", 2, [.cross, .ring], ["1 3"])
      case .item: ("ours", 1, [.disc], [nil])
      }
    return (
      "\(kind)-\(number % colors)", markers[number % markers.count], dashes[number % dashes.count]
    )
  }
}

/// How much a row or a line is to be seen: a class of the style sheet.
enum Weight: String, CaseIterable {
  case faint, plain, strong

  init(_ standing: Standing) { self = standing == .ours ? .strong : .plain }

  var markerSize: Double {
    switch self {
    case .strong: 4.5
    case .plain: 3.5
    case .faint: 2.5
    }
  }
}

/// The shape of a point.
enum Marker {
  case disc, ring, square, triangle, diamond, cross

  func drawn(at center: Position, size: Double) -> Markup {
    func path(_ corners: [Position], _ kind: String = "mark") -> Markup {
      SVG.path(corners.map { center + $0 * size }, closed: true, kind)
    }
    return switch self {
    case .disc: SVG.circle(center, radius: size, "mark")
    case .ring: SVG.circle(center, radius: size, "mark hollow")
    case .square: path([[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]])
    case .triangle: path([[0, -1.15], [1.1, 0.85], [-1.1, 0.85]])
    case .diamond: path([[0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]])
    case .cross: path([[-1, -1], [1, 1], [0, 0], [1, -1], [-1, 1], [0, 0]], "stroke")
    }
  }
}
