public import LockTableLeases

/// A call of a store, on its way to the engine.
public enum LeaseCall: Sendable, Hashable {
  /// A request for a name.
  case acquire(LeaseClaim, for: Duration, waits: Bool)
  /// A renewal of claims.
  case renew([LeaseClaim], for: Duration)
  /// A release.
  case release(LeaseClaim)
  /// A question for what is held.
  case holdings(namespace: String)

  /// The claims that the call is about.
  public var claims: [LeaseClaim] {
    switch self {
    case .acquire(let claim, _, _), .release(let claim): [claim]
    case .renew(let claims, _): claims
    case .holdings: []
    }
  }

  /// Whether it is a request for a name.
  public var isAcquire: Bool {
    if case .acquire = self { true } else { false }
  }

  /// Whether it is a renewal.
  public var isRenew: Bool {
    if case .renew = self { true } else { false }
  }

  /// Whether it is a release.
  public var isRelease: Bool {
    if case .release = self { true } else { false }
  }

  /// Makes the call.
  nonisolated(nonsending) func carryOut(at store: any LeaseStore) async -> LeaseOutcome {
    do throws(LeaseStoreError) {
      switch self {
      case .acquire(let claim, let duration, let waits):
        return .answer(try await store.acquire(claim, for: duration, waits: waits))
      case .renew(let claims, let duration):
        return .renewals(try await store.renew(claims, for: duration))
      case .release(let claim):
        return .release(try await store.release(claim))
      case .holdings(let namespace):
        return .holdings(try await store.holdings(in: namespace))
      }
    } catch {
      return .failure(error)
    }
  }
}

extension LeaseCall: CustomStringConvertible {
  /// What is called, and the names.
  public var description: String {
    switch self {
    case .acquire(let claim, _, let waits):
      "acquire \(claim.name) for \(claim.owner.text)\(waits ? "" : " without waiting")"
    case .renew(let claims, _): "renew \(claims.map(\.name.text).joined(separator: " "))"
    case .release(let claim): "release \(claim.name) of \(claim.owner.text)"
    case .holdings(let namespace): "holdings in \(namespace)"
    }
  }
}

/// How a call of a store ended.
enum LeaseOutcome: Sendable {
  case answer(LeaseAnswer)
  case renewals([LeaseRenewal])
  case release(LeaseRelease)
  case holdings([LeaseHolding])
  case failure(LeaseStoreError)
}
