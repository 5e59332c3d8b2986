/// The size of a drawing. Every chart is drawn twice, for a screen or paper and for a telephone:
/// one drawing shrunk to a third would have text that nobody can read.
struct Canvas {
  var width: Double
  var isNarrow: Bool
  /// Of all text, as in the style sheet.
  let textSize = 13.0

  static let wide = Canvas(width: 880, isNarrow: false)
  static let narrow = Canvas(width: 360, isNarrow: true)

  /// Where the middle of a text has to be for the text not to reach over the border.
  func inside(_ x: Double, _ text: String) -> Double {
    let half = TextMetrics.width(text, size: textSize) / 2 + 2
    return min(max(x, half), width - half)
  }

  var kind: String { isNarrow ? "chart narrow" : "chart wide" }
}

/// Text as a drawing sees it. There is no font to ask, so widths are those of a rather wide one.
enum TextMetrics {
  static func width(_ text: String, size: Double) -> Double {
    text.unicodeScalars.reduce(0) { $0 + width($1) } * size
  }

  private static func width(_ scalar: Unicode.Scalar) -> Double {
    switch scalar {
    case "i", "j", "l", "I", ".", ",", ":", ";", "'", "|", "!", " ", "\u{202f}": 0.33
    case "f", "t", "r", "/", "-", "(", ")": 0.41
    case "m", "w", "M", "W", "%", "@": 0.94
    case "A"..."Z": 0.7
    case "÷", "×", "≈", "→", "←", "↑", "↓": 0.84
    default: 0.62
    }
  }

  /// Cut to fit, with an ellipsis where something is missing.
  static func fitted(_ text: String, width limit: Double, size: Double) -> String {
    guard width(text, size: size) > limit else { return text }
    var short = text
    while !short.isEmpty, width(short + "…", size: size) > limit {
      short.removeLast()
    }
    return short + "…"
  }
}

/// Moves labels apart as little as possible, so that none covers another.
///
/// - Returns: A position for each of the wishes, in the order of the wishes; neighbours are at least
///   `gap` apart. They stay inside the bounds if all of them fit.
func spread(_ wishes: [Double], gap: Double, within bounds: ClosedRange<Double>) -> [Double] {
  struct Block {
    var members: [Int]
    var start: Double
  }
  let order = wishes.indices.sorted { wishes[$0] < wishes[$1] }
  func block(_ members: [Int]) -> Block {
    // Where its members are best off together, on average.
    let wish = members.enumerated().map { wishes[$1] - Double($0) * gap }.reduce(0, +)
    let last = max(bounds.lowerBound, bounds.upperBound - Double(members.count - 1) * gap)
    let start = min(max(wish / Double(members.count), bounds.lowerBound), last)
    return Block(members: members, start: start)
  }
  var blocks: [Block] = []
  for index in order {
    var next = block([index])
    while let previous = blocks.last,
      previous.start + Double(previous.members.count) * gap > next.start
    {
      blocks.removeLast()
      next = block(previous.members + next.members)
    }
    blocks.append(next)
  }
  var result = wishes
  for block in blocks {
    for (offset, index) in block.members.enumerated() {
      result[index] = block.start + Double(offset) * gap
    }
  }
  return result
}
