import Foundation

struct TextTable {
  private var rows: [[String]]

  init(header: [String]) { rows = [header] }

  mutating func add(_ cells: [String]) { rows.append(cells) }

  var text: String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { cells in
      cells.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}

/// 1234567 as "1 234 567".
func grouped(_ value: Int) -> String {
  let digits = Array(String(value.magnitude))
  var text = value < 0 ? "-" : ""
  for (index, digit) in digits.enumerated() {
    if index > 0 && (digits.count - index).isMultiple(of: 3) { text.append(" ") }
    text.append(digit)
  }
  return text
}

/// With so many digits after the point; "-" where there is no value.
func decimal(_ value: Double?, _ digits: Int) -> String {
  guard let value, value.magnitude < 1e12 else { return "-" }
  let text = String(format: "%.\(digits)f", value.magnitude)
  let whole = Int(text.prefix { $0 != "." }) ?? 0
  let sign = value < 0 && text.contains { ("1"..."9").contains($0) } ? "-" : ""
  return sign + grouped(whole) + text.drop { $0 != "." }
}
