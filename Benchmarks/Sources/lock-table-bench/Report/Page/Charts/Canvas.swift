/// The size of a drawing. Every chart is drawn twice, for a screen or paper and for a telephone:
/// one drawing shrunk to a third would have text that nobody can read.
struct Canvas {
  var width: Double
  var isNarrow: Bool

  static let wide = Canvas(width: 880, isNarrow: false)
  static let narrow = Canvas(width: 360, isNarrow: true)

  /// It stretches to the width it is given.
  ///
  /// - Parameter description: What it shows, for those who can't see it.
  func drawing(height: Double, _ description: String, _ content: Markup) -> Markup {
    """
    <svg xmlns="http://www.w3.org/2000/svg" class="chart \(isNarrow ? "narrow" : "wide")" role="img" \
    aria-label="\(description)" viewBox="0 0 \(width) \(height)">
    \(content)</svg>

    """
  }

  /// In place of a chart that has no values.
  func empty(_ description: String) -> Markup {
    drawing(height: 60, description, text("nothing to draw", around: width / 2, 34, "tick"))
  }

  /// Ticks along a horizontal axis, with their texts below.
  func ticks(
    _ values: [Double], _ scale: Scale, _ format: ValueFormat, from top: Double, to bottom: Double,
    isBase: (Double) -> Bool
  ) -> [Markup] {
    values.flatMap { value in
      let x = scale(value)
      return [
        SVG.line(Position(x, top), Position(x, bottom), isBase(value) ? "grid base" : "grid"),
        text(format.tick(value), around: x, bottom + 17, "tick"),
      ]
    }
  }

  /// A text whose middle is at `x`, or so near that it does not reach over the border.
  func text(_ text: String, around x: Double, _ y: Double, _ kind: String) -> Markup {
    let half = TextMetrics.width(text) / 2 + 2
    return SVG.text(text, at: Position(min(max(x, half), width - half), y), .middle, kind)
  }
}

extension Axis {
  /// What it measures, above a drawing, and which way is better: on a line of its own where there may
  /// be no room beside it.
  func title(more: String, less: String, _ canvas: Canvas) -> Markup {
    let place: Markup = canvas.isNarrow ? #"x="4" dy="17""# : #"dx="12""#
    let hint = better.map { better -> Markup in
      let text = "\(better == .more ? more : less) \(better.rawValue)"
      return #"<tspan \#(place) class="hint">\#(text)</tspan>"#
    }
    return SVG.text(label, at: Position(4, 16), .start, "axis", more: hint)
  }

  func titleHeight(_ canvas: Canvas) -> Double { canvas.isNarrow && better != nil ? 41 : 24 }

  /// What a value says to a reader who points at it.
  func tip(_ value: Double, spread: ClosedRange<Double>?) -> String {
    let range = spread.map { " (\(format.text($0.lowerBound)) to \(format.text($0.upperBound)))" }
    return "\(label): \(format.text(value))\(range ?? "")"
  }
}

/// How wide text is, of the size that the style sheet gives to all text in drawings. There is no font to
/// ask, so widths are those of a rather wide one.
enum TextMetrics {
  static func width(_ text: String, isBold: Bool = false) -> Double {
    text.unicodeScalars.reduce(0) { $0 + width($1) } * 13 * (isBold ? 1.06 : 1)
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
  static func fitted(_ text: String, width limit: Double) -> String {
    guard width(text) > limit else { return text }
    var short = text
    while !short.isEmpty, width(short + "…") > limit { short.removeLast() }
    return short + "…"
  }
}
