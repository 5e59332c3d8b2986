// What the tables of several experiments have in common.

extension Role {
  /// A star for what gives the same as LockTable.
  var mark: String { self == .exact ? "* " : "  " }
}

extension Subject {
  /// In the first column.
  var title: String { role.mark + name + (fails ? "  FAILS" : "") }
}

extension Spread {
  /// "1.2 – 1.3"
  func range(_ digits: Int) -> String {
    "\(decimal(low, digits)) – \(decimal(high, digits))"
  }
}

extension Ratio {
  /// "1.23 (1.20 – 1.29)"; not the ratio if it is not to be quoted.
  var cell: String {
    if spread.low == 1 && spread.high == 1 { return "1" }
    let range = "(\(spread.range(2)))"
    return switch refusal {
    case nil, .spreadCoversOne: "\(shortCell) \(range)"
    case .oneRound, .classesDiffer, .failsWitness: "-"
    }
  }

  /// Without the spread.
  var shortCell: String {
    switch refusal {
    case nil: decimal(spread.median, 2)
    case .spreadCoversOne: spread.low > 0.8 && spread.high < 1.25 ? "≈ 1" : "?"
    case .oneRound, .classesDiffer, .failsWitness: "-"
    }
  }
}

extension Ratio? {
  var cell: String { self?.cell ?? "-" }
}

extension Ratio.Refusal {
  /// Why the ratio is not printed.
  fileprivate var remark: String {
    switch self {
    case .oneRound: "No ratios: one round says nothing of their spread. Use '--rounds 5'."
    case .spreadCoversOne:
      "≈ 1 and ?: the rounds' spread covers 1, so this run does not say which is faster. "
        + "Use more rounds, or longer ones."
    case .classesDiffer:
      "No ratios: part of the rounds ran on what is another machine by the core-to-core hand-off."
    case .failsWitness:
      "FAILS: two holders were inside one key. Nothing is compared with such a row."
    }
  }
}

/// Says of each reason that keeps a ratio from being printed what it is; a line each.
func remarks(on ratios: [Ratio?]) -> String {
  var seen: [Ratio.Refusal] = []
  for case let refusal? in ratios.map({ $0?.refusal }) where !seen.contains(refusal) {
    seen.append(refusal)
  }
  return seen.map { "\n" + $0.remark }.joined()
}

extension MachineClass {
  /// A line below a table.
  var remark: String {
    let (before, after) = (decimal(handOffBefore, 0), decimal(handOffAfter, 0))
    return "\nCore-to-core hand-off: \(before) ns before, \(after) ns after."
      + (isSteady ? "" : " Of two classes: nothing here is to be compared.")
  }
}

extension Conditions {
  /// Above everything.
  var text: String {
    let load = load.map { ", load \(decimal($0, 2))" } ?? ""
    return """
      \(command)
      \(date), \(processor), \(cores) cores\(load), \(system)
      \(wrapped(summary))\(floor?.remark ?? "")\(othersAtWork)
      """
  }

  private var othersAtWork: String {
    guard let load, load > Double(cores) / 2 else { return "" }
    return "\nSomething else kept the machine busy before this began: expect wide spreads."
  }
}

extension QuickFloor {
  /// Below what is measured: the units of some of the columns.
  fileprivate var remark: String {
    let handOff = handOff.map { "; waking a thread on another core \(decimal($0, 0)) ns" } ?? ""
    return "\n"
      + wrapped(
        """
        On this machine now: an atomic read-modify-write and a store \(decimal(rmwPair, 1)) ns (× RMW); a \
        pthread_mutex pair \(decimal(pthreadPair, 1)) ns\(handOff).
        """)
  }
}

/// Breaks lines at 100 characters.
func wrapped(_ text: String) -> String {
  var lines: [String] = []
  for word in text.split(separator: " ") {
    if let last = lines.last, last.count + word.count < 100 {
      lines[lines.count - 1] = last + " " + word
    } else {
      lines.append(String(word))
    }
  }
  return lines.joined(separator: "\n")
}
