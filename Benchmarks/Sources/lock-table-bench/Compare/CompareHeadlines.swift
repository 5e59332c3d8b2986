// The statements that a run of `compare` allows: of one scenario each, chosen before anything is measured.

extension RowRecord {
  static func headlines(_ rows: [RowRecord]) -> [Headline] {
    let scenarios = rows.groups(by: \.scenario.title).map(\.members)
    func headline(against role: Role = .exact, _ isMeant: (Scenario) -> Bool) -> Headline? {
      // Not the scenario that suits best, but the one with the most threads.
      scenarios.filter { isMeant($0[0].scenario) }
        .max { $0[0].scenario.threads < $1[0].scenario.threads }
        .map { Self.headline($0, against: role) }
    }
    func several(_ scenario: Scenario, _ waiters: Waiters) -> Bool {
      scenario.waiters == waiters && scenario.threads > 1 && !scenario.isShared
    }
    return [
      headline(against: .yardstick) {
        $0.waiters == .threads && $0.threads == 1 && $0.keyType == .int && $0.keys == 1
      },
      headline { several($0, .threads) && $0.distribution == .uniform && $0.keys > 1_000 },
      headline { several($0, .threads) && $0.distribution == .single },
      headline { $0.waiters == .threads && $0.threads > 1 && $0.isShared && $0.writes > 0 },
      headline { several($0, .tasks) && $0.distribution == .uniform },
    ].compactMap { $0 }
  }

  private static func headline(_ rows: [RowRecord], against role: Role) -> Headline {
    let others = rows.filter { $0.subject.role == role && !$0.subject.fails }
    let scenario = rows[0].scenario
    guard let own = rows.first(where: { $0.subject.role == .lockTable }),
      let other = others.min(by: {
        $0.nanosecondsPerOperation.median < $1.nanosecondsPerOperation.median
      })
    else {
      return Headline(conditions: scenario.brief, doubt: "for there is nothing to compare with")
    }
    let ratio = role == .yardstick ? own.timeToPthread : own.timeToBestExact
    let time = { (row: RowRecord) in
      row.nanosecondsPerOperation.cell(.nanoseconds, isWide: false)
    }
    return Headline(
      scenario.brief, ratio,
      as: role == .yardstick ? "a bare mutex" : "the best exact alternative", other.subject.name,
      "\(time(other)); LockTable: \(time(own))")
  }
}
