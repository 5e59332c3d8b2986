// The table of `targets`.

extension [TargetRecord] {
  var text: String {
    var table = TextTable(header: ["", "what is compared", "ratio", "bound", ""])
    for target in self {
      table.add([
        "  " + target.name, target.reference,
        target.value.map { decimal($0, 1) } ?? target.ratio.cell,
        target.bound?.words ?? "-", target.verdict?.rawValue ?? "-",
      ])
    }
    let details = compactMap { target in target.detail.map { "  \(target.name): \($0)." } }
    return """

      Targets

      \(table.text)\(remarks(on: map(\.ratio)))

      \(details.joined(separator: "\n"))
      """
  }
}

extension TargetRecord.Bound {
  fileprivate var words: String {
    switch self {
    case .atMost(let value): "at most \(decimal(value, 1))"
    case .atLeast(let value): "at least \(decimal(value, 1))"
    }
  }
}
