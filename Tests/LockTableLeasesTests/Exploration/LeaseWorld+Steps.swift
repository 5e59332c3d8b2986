import LockTable
import LockTableLeases
import LockTableLeasesTesting

// What may happen next.

extension LeaseWorld {
  enum Step: Sendable {
    case job(Int)
    case deliver(store: Int, Int)
    case advance
    case lose(store: Int, Int)
    case copy(store: Int, Int)
    case cancel(Int)
    case steal(store: Int, LeaseName, reporting: Bool)
    case interrupt(store: Int)
    case connect(store: Int)
    case restart(Int)

    /// How often it is chosen by chance.
    var weight: Int {
      switch self {
      case .job: 60
      case .deliver: 40
      case .advance: 20
      case .connect: 10
      case .lose, .copy: 2
      case .cancel, .steal, .interrupt: 1
      case .restart: 1
      }
    }
  }

  /// What may happen, and first what does if nothing is wrong and nobody hurries.
  var steps: [Step] {
    var steps: [Step] = (0..<executor.jobCount).map { .job($0) }
    for (store, messages) in stores.map(\.held).enumerated() {
      steps += messages.map { .deliver(store: store, $0.number) }
    }
    if clock.nextTime != nil { steps.append(.advance) }
    let state = state.withValue { $0 }
    if state.isInOutage { steps.append(.connect(store: 0)) }
    return steps + faults(state)
  }

  private func faults(_ state: State) -> [Step] {
    var steps: [Step] = []
    for (store, messages) in stores.map(\.held).enumerated() {
      for message in messages {
        if state.left.lost > 0 { steps.append(.lose(store: store, message.number)) }
        if state.left.copied > 0, case .request(let call) = message.kind, call.mayHaveCopy {
          steps.append(.copy(store: store, message.number))
        }
      }
    }
    if state.left.cancelled > 0 { steps += state.running.sorted().map { .cancel($0) } }
    if state.left.stolen > 0 {
      for hold in state.holds where hold.ended == nil && !state.stolen.contains(hold.lease.owner) {
        steps.append(.steal(store: hold.table, hold.name, reporting: true))
        steps.append(.steal(store: hold.table, hold.name, reporting: false))
      }
    }
    if state.left.outages > 0 && !state.isInOutage { steps.append(.interrupt(store: 0)) }
    if state.left.runs > 0 { steps.append(.restart(0)) }
    return steps
  }

  func words(for step: Step) -> String {
    guard case .deliver(let store, let number) = step,
      let message = stores[store].held.first(where: { $0.number == number })
    else { return "\(step), \(clock.time)" }
    return switch message.kind {
    case .request(let call): "table \(store) asks: \(call.kind)"
    case .orphan(let call): "a copy of table \(store) comes: \(call.kind)"
    case .answer(let call): "table \(store) hears of: \(call.kind)"
    case .report(let change): "table \(store) is told: \(change)"
    }
  }

  func take(_ step: Step) {
    switch step {
    case .job(let index): executor.run(index)
    case .deliver(let store, let number):
      executor.runNow { [self] in await stores[store].deliver(number) }
    case .advance: advance()
    case .lose(let store, let number):
      state.withValue { $0.left.lost -= 1 }
      stores[store].lose(number)
    case .copy(let store, let number):
      state.withValue { $0.left.copied -= 1 }
      stores[store].duplicate(number)
    case .cancel(let caller):
      let call = state.withValue { state in
        state.left.cancelled -= 1
        return state.calls[caller]
      }
      call?.cancel()
    case .steal(let store, let name, let reporting): steal(name, store, reporting)
    case .interrupt(let store):
      state.withValue { state in
        state.left.outages -= 1
        (state.isInOutage, state.outageSince) = (true, clock.time)
      }
      stores[store].interrupt()
    case .connect(let store): connect(store)
    case .restart(let table):
      state.withValue { $0.left.runs -= 1 }
      restartRun(table)
    }
  }

  func advance() {
    if let next = clock.nextTime, next - clock.time > scenario.duration * 40 {
      find("callers wait, and nothing happens before \(next)")
    }
    clock.advance()
  }

  func connect(_ store: Int) {
    state.withValue { state in
      state.isInOutage = false
      state.outageTime += clock.time - state.outageSince
    }
    stores[store].connect()
  }

  private func steal(_ name: LeaseName, _ store: Int, _ reporting: Bool) {
    state.withValue { $0.left.stolen -= 1 }
    executor.runNow { [self] in
      do {
        guard let claim = try await stores[store].takeAway(name, reporting: reporting) else {
          return
        }
        let number = state.withValue { state in
          state.stolen.insert(claim.owner)
          return state.stolen.count
        }
        let process = LeaseProcess(id: "thief", host: "thief", number: 1, started: 0)
        let thief = LeaseClaim(name, owner: LeaseOwner(process: process, serial: UInt64(number)))
        _ = try await stores[store].base.acquire(thief, for: scenario.duration / 2, waits: false)
        state.withValue { $0.thieves.append(thief) }
      } catch {
        find("a theft failed: \(error)")
      }
    }
  }
}

// What must be so after each of them.

extension LeaseWorld {
  /// A hold that believes in itself has the key, as the engine sees it.
  func checkHolds() {
    let state = state.withValue { state in
      state.step += 1
      return state
    }
    for hold in state.holds where hold.ended == nil && hold.lease.isValid {
      if !state.stolen.contains(hold.lease.owner) && !record.holds(hold.name, hold.lease.owner) {
        find("a lease of \(hold.name) is valid, and the engine does not know it")
      }
    }
  }

  /// The holder of a stolen lease was told, as it gave that back in vain. Not where callers of one
  /// process hand leases on: those ask the engine for nothing.
  func checkThefts() {
    guard scenario.tables.allSatisfy({ $0.count == 1 }) else { return }
    let (holds, stolen) = state.withValue { ($0.holds, $0.stolen) }
    for owner in stolen where !record.hasRegained(owner) {
      if !holds.contains(where: { $0.lease.owner == owner && $0.isLost == true }) {
        find("a lease was stolen, and no holder was told")
      }
    }
  }

  /// What the history of the holds and of the writes shows. Of holds of a stolen lease, which is handed
  /// on within its process until that hears of it, only the writes count: the resource rejects them.
  var historyViolations: [String] {
    let stolen = state.withValue { state in
      state.holds.filter { state.stolen.contains($0.lease.owner) }.map(\.lease.fencingToken)
    }
    return LeaseHistory.check(
      history.entries.filter { entry in
        entry.kind == .accepted || !stolen.contains(entry.token)
      })
  }

  /// Two calls that returned normally did not overlap. One that handed its lease on within its
  /// process has not asked the engine, and so does not know of a theft.
  func checkOverlaps() {
    let holds = state.withValue { state in
      state.holds.filter { !state.stolen.contains($0.lease.owner) }
    }
    for (index, first) in holds.enumerated() where first.isLost == false {
      for second in holds[(index + 1)...] where second.isLost == false && first.name == second.name
      {
        let firstEnd = first.ended ?? .max
        if second.began < firstEnd {
          find("two calls held \(first.name) at one time, and neither was told of a loss")
        }
      }
    }
  }
}

extension LeaseCall {
  /// A refused request that does not wait leaves nothing, and so no release follows it. A copy that
  /// came after the refusal could be granted, and would stay for its duration.
  var mayHaveCopy: Bool {
    if case .acquire(_, _, waits: false) = self { false } else { true }
  }

  /// In words that are the same in each run.
  var kind: String {
    switch self {
    case .acquire(let claim, _, _): "acquire \(claim.name) as \(claim.owner.serial)"
    case .renew(let claims, _): "renew \(claims.count)"
    case .release(let claim): "release \(claim.name) as \(claim.owner.serial)"
    case .holdings: "holdings"
    }
  }
}
