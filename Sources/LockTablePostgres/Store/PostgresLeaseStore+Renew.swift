#if Postgres
  public import LockTableLeases

  extension PostgresLeaseStore {
    /// Renews claims, up to 1 000 by one statement. See `LeaseStore/renew(_:for:)`.
    public nonisolated(nonsending) func renew(
      _ claims: [LeaseClaim], for duration: Duration
    ) async throws(LeaseStoreError) -> [LeaseRenewal] {
      var answers: [LeaseRenewal] = []
      answers.reserveCapacity(claims.count)
      var start = 0
      while start < claims.count {
        let end = min(start + RequestQueue.mostRenewals, claims.count)
        answers += try await renewTogether(Array(claims[start..<end]), duration)
        start = end
      }
      return answers
    }

    private nonisolated(nonsending) func renewTogether(
      _ claims: [LeaseClaim], _ duration: Duration
    ) async throws(LeaseStoreError) -> [LeaseRenewal] {
      do {
        return try await renewals(.renew, claims, duration).map { $0 ?? .lost }
      } catch  where error.mayComeFromOneKey {
        return try await renewApart(claims, duration, error)
      }
    }

    /// A row is locked by a stranger's transaction, and the renewal has waited for it long enough.
    /// The others are renewed, and of those that are left it is seen which are lost.
    private nonisolated(nonsending) func renewApart(
      _ claims: [LeaseClaim], _ duration: Duration, _ error: LeaseStoreError
    ) async throws(LeaseStoreError) -> [LeaseRenewal] {
      var answers = try await renewals(.renewUnlocked, claims, duration)
      let left = answers.indices.filter { answers[$0] == nil }
      guard !left.isEmpty else { return answers.compactMap { $0 } }
      let holds = try await renewals(.look, left.map { claims[$0] }, duration)
      for (index, hold) in zip(left, holds) {
        answers[index] = hold == nil ? .lost : .unanswered(error)
      }
      return answers.compactMap { $0 }
    }

    private nonisolated(nonsending) func renewals(
      _ kind: Request.Kind, _ claims: [LeaseClaim], _ duration: Duration
    ) async throws(LeaseStoreError) -> [LeaseRenewal?] {
      let request = Request(kind, claims, milliseconds: duration.wholeMilliseconds)
      guard case .renewals(let answers) = try await askCancellably(request) else {
        throw .unexpected
      }
      return answers
    }
  }

  extension LeaseStoreError {
    fileprivate var mayComeFromOneKey: Bool {
      let error = PostgresSessionError(message, sqlState: code)
      return error.remedy == .separate && error.isTransient
    }
  }
#endif
