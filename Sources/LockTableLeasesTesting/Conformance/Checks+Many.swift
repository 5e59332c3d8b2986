internal import LockTable
internal import LockTableLeases

extension LeaseStoreConformance {
  static let manyChecks = [
    manyNamesAreIndependent, manyAreRenewedAtOnce, namesOfAllKindsAreDifferent,
  ]

  static let manyNamesAreIndependent = Self("manyNamesAreIndependent") { trial in
    let processes = [try await trial.process(), try await trial.process()]
    let names = try (0..<trial.subject.manyNames).map { try trial.name($0) }
    let claims = processes.map { process in names.map { process.claim($0) } }
    let first = try await trial.askForAll(claims[0], at: processes[0])
    try trial.require(
      first.count == names.count, "of \(names.count) names at once \(first.count) were granted")
    let second = try await trial.askForAll(claims[1], at: processes[1])
    try trial.require(second.isEmpty, "\(second.count) names were granted to two processes")
    try await trial.inChunks(claims[0]) { claim in
      try await processes[0].mustHaveHeld(claim, "although it was")
    }
    let third = try await trial.askForAll(claims[1], at: processes[1])
    try trial.require(
      third.count == names.count,
      "of \(names.count) names that were released \(third.count) were granted")
    return nil
  }

  static let manyAreRenewedAtOnce = Self("manyAreRenewedAtOnce") { trial in
    let process = try await trial.process()
    let names = try (0..<trial.subject.manyNames).map { try trial.name($0) }
    let claims = names.shuffled().map { process.claim($0) }
    _ = try await trial.askForAll(claims, at: process)
    let lost = Set(claims.indices.filter { $0 % 97 == 5 })
    for index in lost {
      try await process.mustHaveHeld(claims[index], "although it was")
    }
    let renewals = try await process.store.renew(claims, for: trial.long)
    try trial.require(
      renewals.count == claims.count,
      "\(claims.count) renewals had \(renewals.count) answers")
    for (index, renewal) in renewals.enumerated() {
      let expected = lost.contains(index) ? LeaseRenewal.lost : .renewed(isWanted: false)
      try trial.require(
        renewal == expected, "the renewal \(index) of \(claims.count) was answered by \(renewal)")
    }
    let none = try await process.store.renew([], for: trial.long)
    try trial.require(none.isEmpty, "the renewal of nothing had \(none.count) answers")
    return nil
  }

  /// Names are different that a file system, a database or a pattern may take for one.
  static let namesOfAllKindsAreDifferent = Self("namesOfAllKindsAreDifferent") { trial in
    let (first, second) = (try await trial.process(), try await trial.process())
    let keys = [
      "a", "A", "a ", " a", "ä", "Ä", "a/b", "a,b", "a%2Cb", "%", "", "..", ".", "a\0b", " ", "'",
      "\"", "\\", "$1", "{}", "{a,b}", "*", "?", "_", "-", "~", "=", "a=b", "@", ":", "🔑", "\n",
      String(repeating: "k", count: 150) + "1", String(repeating: "k", count: 150) + "2",
    ]
    let names =
      try keys.map { try trial.name($0) } + [try trial.name(1), try trial.name([1 as UInt8])]
    let other = LeaseName(namespace: trial.namespace + "=a", key: "b")
    for name in names + (other.map { [$0] } ?? []) {
      _ = try await first.mustGet(first.claim(name), "although only other names were held")
    }
    let holdings = try await second.store.holdings(in: trial.namespace)
    try trial.require(
      holdings.map(\.name).sorted() == names.sorted(),
      "holdings have other names than were asked for")
    for name in names {
      try await second.mustNotGet(second.claim(name), "to two processes")
    }
    return nil
  }
}

extension LeaseStoreTrial {
  /// Calls the function for all claims, a hundred at a time.
  func inChunks(
    _ claims: [LeaseClaim], _ body: @escaping @Sendable (LeaseClaim) async throws -> Void
  ) async throws {
    for start in stride(from: 0, to: claims.count, by: 100) {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for claim in claims[start..<min(start + 100, claims.count)] {
          group.addTask { try await body(claim) }
        }
        try await group.waitForAll()
      }
    }
  }

  /// - Returns: The claims that were granted.
  func askForAll(
    _ claims: [LeaseClaim], at process: LeaseTrialParticipant
  ) async throws -> Set<LeaseClaim> {
    let granted = Guarded(Set<LeaseClaim>())
    try await inChunks(claims) { claim in
      if try await process.token(claim) != nil {
        _ = granted.withValue { $0.insert(claim) }
      }
    }
    return granted.withValue { $0 }
  }
}
