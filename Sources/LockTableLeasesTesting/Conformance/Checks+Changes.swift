internal import LockTable
internal import LockTableLeases

extension LeaseStoreConformance {
  static let changeChecks = [
    aWaiterIsTold, changesAreReportedInOrder, aRunEndsAndBeginsAgain, holdingsAreWhatIsHeld,
  ]

  static let aWaiterIsTold = Self("aWaiterIsTold") { trial in
    let (first, second) = (try await trial.process(), try await trial.process())
    let name = try trial.name()
    for _ in 0..<5 {
      let (held, waiting) = (first.claim(name), second.claim(name))
      _ = try await first.mustGet(held, "after its release")
      guard case .held(let obstacle) = try await second.ask(waiting, waits: true) else {
        return "\(name) was granted to two processes"
      }
      let mark = second.changeCount
      try await first.mustHaveHeld(held, "although it was")
      if obstacle.retryAfter == nil {
        let isTold = try await trial.waits { second.wasTold(of: name, since: mark) }
        try trial.require(isTold, "a waiter was not told of a release, and not when to ask again")
      }
      try trial.require(
        try await second.getsAtSomeTime(waiting) != nil, "a waiter did not get its name")
      try await second.mustHaveHeld(waiting, "although it was")
    }
    return nil
  }

  static let changesAreReportedInOrder = Self("changesAreReportedInOrder") { trial in
    let (first, second) = (try await trial.process(), try await trial.process())
    let names = try (0..<12).map { try trial.name($0) }
    try trial.require(
      second.changes.first == .connected, "something was reported before the connection")
    let held = names.map { first.claim($0) }
    var asks = false
    for (name, claim) in zip(names, held) {
      _ = try await first.mustGet(claim, "although nobody had it")
      if case .held(let obstacle) = try await second.ask(second.claim(name), waits: true) {
        asks = asks || obstacle.retryAfter != nil
      }
    }
    // A store that says when to ask again need not report.
    guard !asks else { return nil }
    let mark = second.changeCount
    for claim in held {
      try await first.mustHaveHeld(claim, "although it was")
    }
    let areTold = try await trial.waits {
      names.allSatisfy { second.wasTold(of: $0, since: mark) }
    }
    var order: [LeaseName] = []
    for case .mayBeFree(let name) in second.changes[mark...] where !order.contains(name) {
      order.append(name)
    }
    try trial.require(areTold, "of \(names.count) waiters \(order.count) were told of a release")
    try trial.require(order == names, "releases one after the other were reported out of order")
    return nil
  }

  static let aRunEndsAndBeginsAgain = Self("aRunEndsAndBeginsAgain") { trial in
    let (first, second) = (try await trial.process(), try await trial.process())
    let name = try trial.name()
    for _ in 0..<2 {
      try trial.require(
        try await second.end(), "a run did not end although its task was cancelled")
      try await second.begin()
      let (held, waiting) = (first.claim(name), second.claim(name))
      _ = try await first.mustGet(held, "after its release")
      try await second.mustNotGet(waiting, waits: true, "to two processes")
      try await first.mustHaveHeld(held, "although it was")
      try trial.require(
        try await second.getsAtSomeTime(waiting) != nil,
        "a waiter did not get its name in the second run of its store")
      try await second.mustHaveHeld(waiting, "although it was")
    }
    return nil
  }

  static let holdingsAreWhatIsHeld = Self("holdingsAreWhatIsHeld") { trial in
    let (first, second) = (try await trial.process(), try await trial.process())
    let names = try ["c", "a", "b"].map { try trial.name($0) }
    var claims: [LeaseName: LeaseClaim] = [:]
    for name in names {
      claims[name] = first.claim(name)
      _ = try await first.mustGet(claims[name] ?? first.claim(name), "although nobody had it")
    }
    for other in [trial.namespace + "-2", String(trial.namespace.dropLast())] {
      guard let name = LeaseName(namespace: other, key: "a") else { continue }
      _ = try await first.mustGet(first.claim(name), "although nobody had it")
    }
    try await second.mustNotGet(second.claim(names[0]), waits: true, "to two processes")
    for process in [first, second] {
      let holdings = try await process.store.holdings(in: trial.namespace)
      try trial.require(
        holdings.map(\.name).sorted() == names.sorted(),
        "\(holdings.map(\.name.text)) are held, it says, and \(names.sorted().map(\.text)) are")
      for holding in holdings {
        if let owner = holding.owner, owner != claims[holding.name]?.owner {
          return "\(holding.name) is held by \(owner), it says"
        }
        if let count = holding.waiterCount, count != (holding.name == names[0] ? 1 : 0) {
          return "\(count) wait for \(holding.name), it says"
        }
      }
    }
    return nil
  }
}
