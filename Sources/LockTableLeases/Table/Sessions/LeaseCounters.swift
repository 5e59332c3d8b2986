internal import Synchronization

/// What a table has done so far.
final class LeaseCounters: Sendable {
  let acquisitions = Atomic(0)
  let handOffs = Atomic(0)
  let requests = Atomic(0)
  let grants = Atomic(0)
  let refusals = Atomic(0)
  let renewals = Atomic(0)
  let losses = Atomic(0)
  let timeouts = Atomic(0)
  let cancellations = Atomic(0)
  let failures = Atomic(0)
  let held = Atomic(0)
}

extension Atomic<Int> {
  borrowing func increase(by number: Int = 1) { add(number, ordering: .relaxed) }
  borrowing func decrease() { subtract(1, ordering: .relaxed) }
  var value: Int { load(ordering: .relaxed) }
}
