import Foundation

/// Rows of as many cells each as text: the first column to the left, the others to the right.
func aligned(_ rows: [[String]]) -> String {
  let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
  return rows.map { cells in
    zip(cells, widths).enumerated().map { column, cell in
      let space = String(repeating: " ", count: cell.1 - cell.0.count)
      return column == 0 ? cell.0 + space : space + cell.0
    }.joined(separator: "  ")
  }.joined(separator: "\n")
}

/// 1234567 as "1 234 567".
func grouped(_ value: Int) -> String {
  guard value.magnitude >= 1_000 else { return String(value) }
  return grouped(value / 1_000) + String(format: " %03d", abs(value % 1_000))
}

/// With so many digits after the point; "-" where there is no value.
func decimal(_ value: Double?, _ digits: Int) -> String {
  guard let value, value.magnitude < 1e18 else { return "-" }
  let text = String(format: "%.\(digits)f", value.magnitude)
  let whole = Int(text.prefix { $0 != "." }) ?? 0
  let sign = value < 0 && text.contains { ("1"..."9").contains($0) } ? "-" : ""
  return sign + grouped(whole) + text.drop { $0 != "." }
}
