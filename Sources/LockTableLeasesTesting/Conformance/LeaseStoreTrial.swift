internal import LockTable
internal import LockTableLeases

/// What one check works with: processes, each with a store, and names that nothing else uses.
final class LeaseStoreTrial: Sendable {
  /// What is wrong.
  struct Finding: Error {
    let sentence: String
  }

  private struct State {
    var participants: [LeaseTrialParticipant] = []
    var claims: [(participant: LeaseTrialParticipant, claim: LeaseClaim)] = []
  }

  let subject: LeaseStoreConformance.Subject
  /// As it is in names.
  let namespace: String
  private let state = Guarded(State())

  init(_ subject: LeaseStoreConformance.Subject) {
    self.subject = subject
    namespace = "check-" + String(UInt64.random(in: 0...(.max)), radix: 16)
  }

  /// How long a grant lasts in a check that waits for its end.
  var duration: Duration { subject.duration }
  /// How long a grant lasts in all others: longer than a machine stands still.
  var long: Duration { max(.seconds(600), subject.duration) }
  /// Whether grants end by themselves. Known once there is a process.
  var expires: Bool {
    state.withValue { $0.participants.first?.store.expiry } == .afterDuration
  }

  func name(_ key: some LockKey = "a") throws(Finding) -> LeaseName {
    guard let name = LeaseName(namespace: namespace, key: key) else {
      throw Finding(sentence: "the name of \(key) is too long; that is the check's fault")
    }
    return name
  }

  /// Starts a process, which has reported that it is connected when this returns.
  func process(
    wrapping wrap: (any LeaseStore) -> any LeaseStore = { $0 }
  ) async throws -> LeaseTrialParticipant {
    let store = wrap(try await subject.makeStore())
    let number = state.withValue { $0.participants.count }
    let participant = LeaseTrialParticipant(store, number: number, trial: self)
    state.withValue { $0.participants.append(participant) }
    try await participant.begin()
    return participant
  }

  func remember(_ claim: LeaseClaim, of participant: LeaseTrialParticipant) {
    state.withValue { $0.claims.append((participant, claim)) }
  }

  /// Waits until something is so, for as long as the subject has patience. In virtual time nothing
  /// comes by waiting for a clock, and the little sleep lets other threads work.
  func waits(until isSo: () async throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + subject.patience
    var looks = 0
    while try await !isSo() {
      looks += 1
      // A process that stood still has not looked.
      guard ContinuousClock.now < end || looks < 1000 else { return false }
      try await Task.sleep(for: .milliseconds(1))
    }
    return true
  }

  func require(_ isSo: Bool, _ sentence: @autoclosure () -> String) throws(Finding) {
    guard isSo else { throw Finding(sentence: sentence()) }
  }

  /// Gives up all claims, looks for what is left nevertheless, and ends the processes.
  ///
  /// - Returns: What is left, as a sentence.
  @discardableResult
  func end() async throws -> String? {
    let (participants, claims) = state.withValue { ($0.participants, $0.claims) }
    var finding: String?
    do {
      for (participant, claim) in claims {
        _ = try await participant.store.release(claim)
      }
      if let store = participants.first?.store {
        let left = try await store.holdings(in: namespace)
        if let first = left.first {
          finding = "\(left.count) names are held after all claims were released: \(first.name)"
        }
      }
    } catch {
      finding = "the store failed when all claims were released: \(error)"
    }
    for participant in participants {
      if try await !participant.end() {
        finding = finding ?? "a run did not end although its task was cancelled"
      } else if let error = participant.runError {
        finding = finding ?? "the run of the store failed: \(error)"
      }
    }
    return finding
  }
}
