/// Rows that are there only if they were asked for.
struct ExtraRows: OptionSet, Sendable {
  let rawValue: Int

  /// A lock that lets several in: to see that the check sees it.
  static let broken = ExtraRows(rawValue: 1 << 0)
  /// What C++ has to offer; see `NativeRows`.
  static let native = ExtraRows(rawValue: 1 << 1)
}

extension Row {
  static func extra(_ extras: ExtraRows, _ scenario: Scenario) -> [Row] {
    (extras.contains(.broken) ? broken(scenario) : [])
      + (extras.contains(.native) ? NativeRows.rows(scenario) : [])
  }

  private static func broken(_ scenario: Scenario) -> [Row] {
    let name = "broken on purpose"
    let note = "locks nothing; with several threads it has to fail"
    return switch scenario.waiters {
    case .threads: [Row(name, .lesser, note: note, holdsManyKeys: false, make: { NoLock<Key>() })]
    case .tasks: [Row(name, .lesser, note: note, tasks: { NoLock<Key>() })]
    case .mixed: [Row(name, .lesser, note: note, mixed: { NoLock<Key>() })]
    }
  }
}
