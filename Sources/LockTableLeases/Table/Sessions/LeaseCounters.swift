internal import Synchronization

/// What a table has done so far.
final class LeaseCounters: Sendable {
  /// Holds that are the first ones of their grants.
  let firstHolds = Atomic(0)
  /// All other holds.
  let handOffs = Atomic(0)
  let endedHolds = Atomic(0)
  let requests = Atomic(0)
  let grants = Atomic(0)
  let refusals = Atomic(0)
  let renewals = Atomic(0)
  let losses = Atomic(0)
  let timeouts = Atomic(0)
  let cancellations = Atomic(0)
  let failures = Atomic(0)

  var acquisitions: Int { firstHolds.value + handOffs.value }

  /// What counts begins and ends at the same time may be seen between.
  var held: Int { max(acquisitions - endedHolds.value, 0) }
}

extension Atomic<Int> {
  borrowing func increase(by number: Int = 1) { add(number, ordering: .relaxed) }
  var value: Int { load(ordering: .relaxed) }
}
