internal import LockTable
internal import LockTableLeases

// The way of a call: there, and back.

extension FaultyLeaseStore {
  nonisolated(nonsending) func call(_ call: LeaseCall) async -> LeaseOutcome {
    let (plan, outage) = state.withValue { ($0.plan, $0.outage) }
    let fault = plan(call)
    if let outage {
      return .failure(outage)
    }
    await carryOut(state.withValue { $0.transit.takeDue(at: now) })
    var outcome: LeaseOutcome
    switch await travel(.request(call), as: fault.request, of: call) {
    case .delivered: outcome = await carryOut(call)
    case .carriedOut(let done): outcome = done
    case .lost(let error): return .failure(error)
    case .cancelled: return .failure(.cancelledInTransit)
    }
    await copy(call, as: fault.copy)
    switch await travel(.answer(call), as: fault.answer, of: call) {
    case .lost(let error): outcome = .failure(error)
    case .cancelled: outcome = .failure(.cancelledInTransit)
    case .delivered, .carriedOut: break
    }
    return outcome
  }

  /// Gives the request to the store behind, after those that must come before it.
  nonisolated(nonsending) func carryOut(_ call: LeaseCall) async -> LeaseOutcome {
    if case .release(let claim) = call {
      await carryOut(
        state.withValue { state in
          state.transit.take { $0.content.precedesRelease(of: claim) }
        })
    }
    let outcome = await call.carryOut(at: base)
    state.withValue { $0.note(outcome, of: call) }
    return outcome
  }

  /// Gives requests to the store behind, and the outcomes to those that wait for them.
  nonisolated(nonsending) func carryOut(_ messages: [LeaseTransit.Message]) async {
    for message in messages {
      guard case .request(let call) = message.content else { continue }
      let outcome = await carryOut(call)
      message.waiter?.end(.carriedOut(outcome))
    }
  }

  private nonisolated(nonsending) func copy(
    _ call: LeaseCall, as delivery: LeaseFault.Delivery?
  ) async {
    switch delivery {
    case nil, .lost: break
    case .atOnce: _ = await carryOut(call)
    case .held: add(.request(call), due: nil, waiter: nil)
    case .after(let delay): add(.request(call), due: now + delay, waiter: nil)
    }
  }

  private nonisolated(nonsending) func travel(
    _ content: LeaseTransit.Content, as delivery: LeaseFault.Delivery, of call: LeaseCall
  ) async -> LeaseTransit.End {
    switch delivery {
    case .atOnce: return .delivered
    case _ where state.withValue({ $0.areFaultsOver }): return .delivered
    case .lost: return .lost(.lostInTransit)
    case .held: return await wait(for: content, until: nil, of: call)
    case .after(let delay): return await wait(for: content, until: now + delay, of: call)
    }
  }

  private nonisolated(nonsending) func wait(
    for content: LeaseTransit.Content, until due: Duration?, of call: LeaseCall
  ) async -> LeaseTransit.End {
    let waiter = LeaseMessageWaiter()
    let number = add(content, due: due, waiter: waiter)
    let cancel = due.map { schedule(at: $0) { [self] in arrive(number) } }
    defer { cancel?() }
    guard !call.isRelease else { return await waiter.wait() }
    return await withTaskCancellationHandler {
      await waiter.wait()
    } onCancel: {
      state.withValue { $0.transit.abandon(number) }
      waiter.end(.cancelled)
    }
  }

  /// A message with a caller has come to its end by itself.
  private func arrive(_ number: Int) {
    let message = state.withValue { state in
      state.transit.take { $0.number == number && $0.waiter != nil }.first
    }
    message?.waiter?.end(.delivered)
  }

  @discardableResult
  func add(
    _ content: LeaseTransit.Content, due: Duration?, waiter: LeaseMessageWaiter?
  ) -> Int {
    let (number, met) = state.withValue { state in
      let number = state.transit.add(content, due: due, waiter: waiter)
      let count = state.transit.messages.count
      let met = state.heldWaiters.filter { $0.count <= count }.map(\.waiter)
      state.heldWaiters.removeAll { $0.count <= count }
      return (number, met)
    }
    for waiter in met {
      waiter.resume()
    }
    return number
  }

  func schedule(
    at time: Duration, _ action: @escaping @Sendable () -> Void
  ) -> @Sendable () -> Void {
    if let clock {
      return clock.schedule(at: time, action)
    }
    let delay = max(.zero, time - now)
    let task = Task {
      try await Task.sleep(for: delay)
      action()
    }
    return { task.cancel() }
  }
}

extension FaultyLeaseStore.State {
  /// Notes who holds what, for thefts.
  mutating func note(_ outcome: LeaseOutcome, of call: LeaseCall) {
    switch (call, outcome) {
    case (.acquire(let claim, _, _), .answer(.granted)): grants[claim.name] = claim
    case (.release(let claim), .release) where grants[claim.name] == claim:
      grants[claim.name] = nil
    default: break
    }
  }
}

extension LeaseStoreError {
  static let lostInTransit = LeaseStoreError(.transient, "the connection broke before the answer")
  static let cancelledInTransit = LeaseStoreError(.cancelled, "the task was cancelled")
}
