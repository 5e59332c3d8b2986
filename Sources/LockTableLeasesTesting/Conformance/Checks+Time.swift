internal import LockTable
internal import LockTableLeases

extension LeaseStoreConformance {
  static let timeChecks = [
    aGrantEndsAfterItsDuration, aGrantThatDoesNotExpireStays, aRenewedGrantStays,
    aGrantThatAnotherHasIsLost, aRenewalOfWhatWasReleasedIsLost,
  ]

  static let aGrantEndsAfterItsDuration = Self("aGrantEndsAfterItsDuration") { trial in
    let (first, second) = (try await trial.process(), try await trial.process())
    guard trial.expires else { return nil }
    return try await trial.inTime { name, duration in
      let begin = trial.subject.now
      let token = try await first.mustGet(
        first.claim(name), for: duration, "although nobody had it")
      let claim = second.claim(name)
      for part in [0, 8] {
        try await trial.subject.pass(duration * part / 10)
        if let early = try await second.token(claim) {
          guard trial.subject.now - begin < duration else { return .wasTooSlow }
          return .found("\(name) was granted before its time was over, with \(early)")
        }
      }
      try await trial.subject.pass(duration / 2)
      guard let later = try await second.getsAtSomeTime(claim) else {
        return .found("\(name) was not granted after its owner's time")
      }
      try trial.require(later > token, "the token \(later) came after \(token)")
      return .foundNothing
    }
  }

  static let aGrantThatDoesNotExpireStays = Self("aGrantThatDoesNotExpireStays") { trial in
    let (first, second) = (try await trial.process(), try await trial.process())
    guard !trial.expires else { return nil }
    let name = try trial.name()
    let claim = first.claim(name)
    _ = try await first.mustGet(claim, for: trial.duration, "although nobody had it")
    try await trial.subject.pass(trial.duration * 2)
    try await second.mustNotGet(second.claim(name), "although the holder's process runs")
    try await first.mustHaveHeld(claim, "after some time")
    return nil
  }

  static let aRenewedGrantStays = Self("aRenewedGrantStays") { trial in
    let (first, second) = (try await trial.process(), try await trial.process())
    return try await trial.inTime { name, duration in
      let claim = first.claim(name)
      var renewed = trial.subject.now
      func found(_ sentence: String) -> TimedFinding {
        let isLate = trial.expires && trial.subject.now - renewed >= duration
        return isLate ? .wasTooSlow : .found(sentence)
      }
      _ = try await first.mustGet(claim, for: duration, "although nobody had it")
      for _ in 0..<8 {
        try await trial.subject.pass(duration / 3)
        let asked = trial.subject.now
        let renewal = try await first.store.renew([claim], for: duration)
        guard renewal == [.renewed(isWanted: false)] else {
          return found("a renewal in time was answered by \(renewal)")
        }
        renewed = asked
        guard try await second.token(second.claim(name)) == nil else {
          return found("\(name) was granted although its owner had renewed it")
        }
      }
      return .foundNothing
    }
  }

  static let aGrantThatAnotherHasIsLost = Self("aGrantThatAnotherHasIsLost") { trial in
    let (first, second) = (try await trial.process(), try await trial.process())
    guard trial.expires else { return nil }
    let name = try trial.name()
    let (old, new) = (first.claim(name), second.claim(name))
    _ = try await first.mustGet(old, for: trial.duration, "although nobody had it")
    try await trial.subject.pass(trial.duration + trial.duration / 10)
    guard try await second.getsAtSomeTime(new) != nil else {
      return "\(name) was not granted after its owner's time"
    }
    let renewal = try await first.store.renew([old], for: trial.duration)
    try trial.require(renewal == [.lost], "a renewal of a lost lease was answered by \(renewal)")
    let release = try await first.store.release(old)
    try trial.require(!release.wasHeld, "a release of a lost lease said that it was held")
    try await first.mustNotGet(first.claim(name), "after the release of an owner that had lost it")
    return nil
  }

  static let aRenewalOfWhatWasReleasedIsLost = Self("aRenewalOfWhatWasReleasedIsLost") { trial in
    let (first, second) = (try await trial.process(), try await trial.process())
    let name = try trial.name()
    let claim = first.claim(name)
    _ = try await first.mustGet(claim, for: trial.duration, "although nobody had it")
    try await first.mustHaveHeld(claim, "although it was")
    let renewal = try await first.store.renew([claim], for: trial.duration)
    try trial.require(renewal == [.lost], "a renewal after a release was answered by \(renewal)")
    _ = try await second.mustGet(second.claim(name), "after its release and a late renewal")
    return nil
  }
}

/// What a check found that has to be faster than a grant ends.
private enum TimedFinding {
  case foundNothing, wasTooSlow
  case found(String)
}

extension LeaseStoreTrial {
  /// Calls the body with a name and with how long a grant is to last: each time another name, and
  /// twice as long, until it was not too slow.
  ///
  /// - Returns: What it found.
  fileprivate func inTime(
    _ body: (_ name: LeaseName, _ duration: Duration) async throws -> TimedFinding
  ) async throws -> String? {
    for round in 0...5 {
      switch try await body(try name(round), duration * (1 << round)) {
      case .foundNothing: return nil
      case .found(let sentence): return sentence
      case .wasTooSlow: break
      }
    }
    return nil
  }
}
