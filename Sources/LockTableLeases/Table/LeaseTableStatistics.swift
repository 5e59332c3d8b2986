/// What a ``LeaseTable`` has done since it was made, and its present state. The numbers are read one
/// after the other, each at its own moment.
///
/// What happens in the table in front has statistics of its own: ``LeaseTable/locks``.
public struct LeaseTableStatistics: Sendable, Hashable, Codable {
  /// The number of leases that callers got, handed over or granted.
  public var acquisitions: Int
  /// How many of these were handed over within the process, and did not cost a request.
  public var handOffs: Int
  /// How often the engine was asked for a key.
  public var requests: Int
  /// How often the engine granted a key.
  public var grants: Int
  /// How often the engine answered that another process has the key.
  public var refusals: Int
  /// How many leases were renewed, each time.
  public var renewals: Int
  /// How many leases were lost while they were held.
  public var losses: Int
  /// How many calls ended for lack of time.
  public var timeouts: Int
  /// How many calls ended because their task was cancelled before they had the key.
  public var cancellations: Int
  /// How many calls ended without the key for other reasons.
  public var failures: Int
  /// The number of leases that are held now.
  public var held: Int
  /// The number of callers that wait for a key now.
  public var waiting: Int
  /// The number of keys that are held, waited for or kept now.
  public var keys: Int
  /// Whether the engine could not be reached when it was last tried.
  public var isSuspended: Bool
}

extension LeaseTableStatistics: CustomStringConvertible {
  /// One line for each number, which begins with its name.
  public var description: String {
    """
    acquisitions: \(acquisitions)
    handOffs: \(handOffs)
    requests: \(requests)
    grants: \(grants)
    refusals: \(refusals)
    renewals: \(renewals)
    losses: \(losses)
    timeouts: \(timeouts)
    cancellations: \(cancellations)
    failures: \(failures)
    held: \(held)
    waiting: \(waiting)
    keys: \(keys)
    isSuspended: \(isSuspended)
    """
  }
}

extension LeaseTable {
  /// What the table has done so far, and its present state.
  public func statistics() -> LeaseTableStatistics {
    let counters = context.counters, keys = keys
    let held = counters.held
    return LeaseTableStatistics(
      acquisitions: counters.acquisitions, handOffs: counters.handOffs.value,
      requests: counters.requests.value, grants: counters.grants.value,
      refusals: counters.refusals.value, renewals: counters.renewals.value,
      losses: counters.losses.value, timeouts: counters.timeouts.value,
      cancellations: counters.cancellations.value, failures: counters.failures.value, held: held,
      waiting: max(keys.session.interest - held, 0), keys: keys.count,
      isSuspended: context.events.isSuspended)
  }
}
