/// One key, held for as long as the lease is neither released nor lost.
///
/// A lease is what its holder knows of it, and can be copied. It holds nothing: that does the scoped
/// form, or the guard, which it came from.
public struct Lease: Sendable {
  let grant: LeaseGrant
  let number: Int

  /// The key in words, as it appears in the engine.
  public var key: String { grant.key }

  /// The number by which a resource tells a later holder from an earlier one: of two leases of a key,
  /// the later one has the larger token, in all processes. Send it along with each write. A resource
  /// that rejects a token smaller than the largest one it has seen is safe from holders that have
  /// lost their lease and do not know it yet.
  public var fencingToken: Int64 { grant.token(of: number) }

  /// When the lease is given up if it is not renewed before. Renewals move it on. With a store whose
  /// leases end with their process (``LeaseExpiry/never``) it is a hundred years from now.
  public var validUntil: ContinuousClock.Instant {
    grant.deadline.map { grant.context.instant(of: $0) } ?? .now + .seconds(100 * 365 * 86_400)
  }

  /// Whether the lease is held, as far as this process knows. True says that no loss was noticed so
  /// far. False is final.
  public var isValid: Bool { grant.invalidity(of: number) == nil }

  /// Checks ``isValid``. For long work, between its steps.
  public func checkValid() throws(LeaseLostError) {
    if let reason = grant.invalidity(of: number) {
      throw LeaseLoss(grant: grant, number: number, reason: reason).error()
    }
  }

  /// The owner by which the engine knows the acquisition.
  public var owner: LeaseOwner { grant.claim.owner }
}
