internal import LockTable
internal import LockTableLeases

/// What is on its way between the callers of a ``FaultyLeaseStore`` and the engine.
struct LeaseTransit {
  /// How a message's way ended.
  enum End: Sendable {
    case delivered
    case lost(LeaseStoreError)
    case cancelled
    /// Somebody else carried out the request, as a later one has to come after it.
    case carriedOut(LeaseOutcome)
  }

  struct Message {
    let number: Int
    let content: Content
    /// When it arrives by itself. Nil: when the test says so.
    var due: Duration?
    /// What waits for it. Nil if nobody does: of a copy, and of a call that was cancelled.
    var waiter: LeaseMessageWaiter?
  }

  enum Content {
    case request(LeaseCall)
    case answer(LeaseCall)
    case report(LeaseStoreChange)

    /// Whether it is a request that the engine must get before a release of the claim.
    func precedesRelease(of claim: LeaseClaim) -> Bool {
      guard case .request(let call) = self, !call.isRelease else { return false }
      return call.claims.contains(claim)
    }
  }

  private(set) var messages: [Message] = []
  private var lastNumber = 0

  mutating func add(_ content: Content, due: Duration?, waiter: LeaseMessageWaiter?) -> Int {
    lastNumber += 1
    messages.append(Message(number: lastNumber, content: content, due: due, waiter: waiter))
    return lastNumber
  }

  mutating func take(_ number: Int) -> Message? {
    messages.firstIndex { $0.number == number }.map { messages.remove(at: $0) }
  }

  /// Takes what the predicate picks, the oldest first.
  mutating func take(where isMeant: (Message) -> Bool) -> [Message] {
    let taken = messages.filter(isMeant)
    if !taken.isEmpty {
      messages.removeAll(where: isMeant)
    }
    return taken
  }

  /// Takes the copies and the requests without callers that have to come now.
  mutating func takeDue(at now: Duration) -> [Message] {
    guard !messages.isEmpty else { return [] }
    return take { message in
      guard case .request = message.content, message.waiter == nil else { return false }
      return message.due.map { $0 <= now } ?? false
    }
  }

  /// The caller of a request is gone, and the request goes on. Nobody needs an answer any more.
  mutating func abandon(_ number: Int) {
    guard let index = messages.firstIndex(where: { $0.number == number }) else { return }
    if case .answer = messages[index].content {
      messages.remove(at: index)
    } else {
      messages[index].waiter = nil
    }
  }
}

/// Something that a caller waits for, once. The first end counts.
final class LeaseMessageWaiter: Sendable {
  private struct State {
    var end: LeaseTransit.End?
    var waiter: CheckedContinuation<LeaseTransit.End, Never>?
  }

  private let state = Guarded(State())

  func end(_ end: LeaseTransit.End) {
    let waiter = state.withValue { state in
      guard state.end == nil else { return nil as CheckedContinuation<LeaseTransit.End, Never>? }
      state.end = end
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume(returning: end)
  }

  nonisolated(nonsending) func wait() async -> LeaseTransit.End {
    await withCheckedContinuation { continuation in
      let end = state.withValue { state in
        if state.end == nil {
          state.waiter = continuation
        }
        return state.end
      }
      if let end {
        continuation.resume(returning: end)
      }
    }
  }
}
