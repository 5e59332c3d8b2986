internal import LockTable
public import LockTableLeases

/// A message that a ``FaultyLeaseStore`` keeps back.
public struct HeldLeaseMessage: Sendable {
  /// What the message is.
  public enum Kind: Sendable {
    /// A request, whose caller waits.
    case request(LeaseCall)
    /// A request of which nobody will hear: a copy, or one whose caller was cancelled.
    case orphan(LeaseCall)
    /// An answer. The request was carried out.
    case answer(LeaseCall)
    /// A report.
    case report(LeaseStoreChange)
  }

  /// Its number. Later messages have larger ones.
  public let number: Int
  /// What it is.
  public let kind: Kind
}

// What a test does to the messages that are on their way.

extension FaultyLeaseStore {
  /// The messages that are on their way, the oldest first.
  public var held: [HeldLeaseMessage] {
    state.withValue { state in
      state.transit.messages.map { message in
        let kind: HeldLeaseMessage.Kind =
          switch message.content {
          case .request(let call): message.waiter == nil ? .orphan(call) : .request(call)
          case .answer(let call): .answer(call)
          case .report(let change): .report(change)
          }
        return HeldLeaseMessage(number: message.number, kind: kind)
      }
    }
  }

  /// Waits until so many messages are on their way, or more.
  public nonisolated(nonsending) func untilHeldCount(reaches count: Int) async {
    await withCheckedContinuation { continuation in
      let isMet = state.withValue { state in
        let isMet = state.transit.messages.count >= count
        if !isMet {
          state.heldWaiters.append((count, continuation))
        }
        return isMet
      }
      if isMet {
        continuation.resume()
      }
    }
  }

  /// Lets a message arrive. A request whose caller waits is carried out by that; a request of which
  /// nobody hears is carried out before this returns. Does nothing if the message is not there.
  public nonisolated(nonsending) func deliver(_ number: Int) async {
    guard let message = state.withValue({ $0.transit.take(number) }) else { return }
    switch message.content {
    case .request where message.waiter == nil: await carryOut([message])
    case .request, .answer: message.waiter?.end(.delivered)
    case .report(let change): state.withValue({ $0.report })?(change)
    }
  }

  /// Lets all messages arrive, in the order in which they were sent.
  public nonisolated(nonsending) func deliverAll() async {
    for message in held {
      await deliver(message.number)
    }
  }

  /// Loses a message. A caller that waits for it gets an error that may pass.
  public func lose(_ number: Int) {
    state.withValue { $0.transit.take(number) }?.waiter?.end(.lost(.lostInTransit))
  }

  /// Makes a second copy of a request, which waits for the test as well.
  public func duplicate(_ number: Int) {
    let message = state.withValue { state in
      state.transit.messages.first { $0.number == number }
    }
    if let message, case .request = message.content {
      add(message.content, due: nil, waiter: nil)
    }
  }

  /// Keeps back all requests from now on, as an engine that hangs.
  public func stall() {
    plan = LeaseFaultPlan { _ in LeaseFault(request: .held) }
  }

  /// Ends all faults: nothing bad happens from now on, the store is connected, and what was on its
  /// way arrives.
  public nonisolated(nonsending) func endFaults() async {
    state.withValue { state in
      state.plan = .none
      state.areFaultsOver = true
      state.reportPlan = { _ in .atOnce }
    }
    connect()
    await deliverAll()
  }
}

// What a test does to the connection, and to what is held.

extension FaultyLeaseStore {
  /// Breaks the connection. What is on its way is lost, calls fail, and nothing is reported until
  /// ``connect()``.
  public func interrupt(
    _ error: LeaseStoreError = LeaseStoreError(.transient, "the connection is broken")
  ) {
    let (messages, report) = state.withValue { state in
      let report = state.outage == nil ? state.report : nil
      state.outage = error
      return (state.transit.take { _ in true }, report)
    }
    for message in messages {
      message.waiter?.end(.lost(error))
    }
    report?(.interrupted(error))
  }

  /// Ends an outage. Does nothing if there is none.
  public func connect() {
    let report = state.withValue { state in
      defer { state.outage = nil }
      return state.outage == nil || !state.isConnected ? nil : state.report
    }
    report?(.connected)
  }

  /// Takes a name away from the owner that got it through this store, as somebody who deletes a row
  /// by hand. Then the name is free, or the next one's in line.
  ///
  /// - Returns: The claim that had the name; nil if none of this store had.
  @discardableResult
  public nonisolated(nonsending) func takeAway(
    _ name: LeaseName, reporting: Bool = false
  ) async throws(LeaseStoreError) -> LeaseClaim? {
    guard let claim = state.withValue({ $0.grants.removeValue(forKey: name) }) else { return nil }
    guard try await base.release(claim).wasHeld else { return nil }
    if reporting {
      relay(.lost(claim))
    }
    return claim
  }

  /// Takes a name away, and gives it to somebody else if nobody waits for it.
  ///
  /// - Returns: The thief's claim, for its release at the store behind; nil if it got nothing.
  public nonisolated(nonsending) func steal(
    _ name: LeaseName, for duration: Duration, reporting: Bool = false
  ) async throws(LeaseStoreError) -> LeaseClaim? {
    guard try await takeAway(name, reporting: reporting) != nil else { return nil }
    let serial = state.withValue { state in
      state.lastTheft += 1
      return state.lastTheft
    }
    let thief = LeaseProcess(id: "7117ef7117ef7117", host: "thief", number: 1, started: 0)
    let claim = LeaseClaim(name, owner: LeaseOwner(process: thief, serial: serial))
    guard case .granted = try await base.acquire(claim, for: duration, waits: false) else {
      return nil
    }
    return claim
  }

  /// A change that the store behind reports.
  func relay(_ change: LeaseStoreChange) {
    let (report, delivery) = state.withValue { state in
      if case .connected = change {
        state.isConnected = true
      }
      return (state.outage == nil ? state.report : nil, state.reportPlan)
    }
    guard let report else { return }
    switch delivery(change) {
    case .atOnce: report(change)
    case .lost: break
    case .held: add(.report(change), due: nil, waiter: nil)
    case .after(let delay):
      _ = schedule(at: now + delay) { [self] in
        state.withValue({ $0.outage == nil ? $0.report : nil })?(change)
      }
    }
  }
}
