#if Postgres
  public import LockTableLeases

  extension PostgresLeaseStore {
    /// Renews claims, up to 1 000 by one statement. See ``LeaseStore/renew(_:for:)``.
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
      } catch  where claims.count > 1 && error.mayComeFromOneKey {
        return try await renewApart(claims, duration)
      }
    }

    /// A row is locked by a stranger's transaction. The others are renewed by one statement, and
    /// what that leaves, each by itself.
    private nonisolated(nonsending) func renewApart(
      _ claims: [LeaseClaim], _ duration: Duration
    ) async throws(LeaseStoreError) -> [LeaseRenewal] {
      var answers = try await renewals(.renewUnlocked, claims, duration)
      var failure: LeaseStoreError?
      for (index, claim) in claims.enumerated() where answers[index] == nil {
        do {
          answers[index] = try await renewals(.renew, [claim], duration)[0] ?? .lost
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
      return answers.map { $0 ?? .lost }
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
      PostgresSessionError(message, sqlState: code).remedy == .separate
    }
  }
#endif
