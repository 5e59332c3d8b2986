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
    let name = try trial.name()
    let begin = trial.subject.now
    let token = try await first.mustGet(
      first.claim(name), for: trial.duration, "although nobody had it")
    let claim = second.claim(name)
    for part in [0, 8] {
      try await trial.subject.pass(trial.duration * part / 10)
      if let early = try await second.token(claim) {
        // On a machine that stood still meanwhile it may.
        let isOver = trial.subject.now - begin >= trial.duration
        return isOver ? nil : "\(name) was granted before its time was over, with \(early)"
      }
    }
    try await trial.subject.pass(trial.duration / 2)
    guard let later = try await second.getsAtSomeTime(claim) else {
      return "\(name) was not granted after its owner's time"
    }
    try trial.require(later > token, "the token \(later) came after \(token)")
    return nil
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
    let name = try trial.name()
    let claim = first.claim(name)
    var renewed = trial.subject.now
    _ = try await first.mustGet(claim, for: trial.duration, "although nobody had it")
    for _ in 0..<8 {
      try await trial.subject.pass(trial.duration / 3)
      let asked = trial.subject.now
      let renewal = try await first.store.renew([claim], for: trial.duration)
      if renewal != [.renewed(isWanted: false)] {
        let isLate = trial.expires && trial.subject.now - renewed >= trial.duration
        return isLate ? nil : "a renewal in time was answered by \(renewal)"
      }
      renewed = asked
      let granted = try await second.token(second.claim(name))
      if granted != nil {
        let isLate = trial.expires && trial.subject.now - renewed >= trial.duration
        return isLate ? nil : "\(name) was granted although its owner had renewed it"
      }
    }
    return nil
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
