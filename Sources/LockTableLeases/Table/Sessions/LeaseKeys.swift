public import LockTable

/// The keys of a session: what depends on their type.
///
/// A key comes into use and out of it under the mutex of the slots, and within it that of the session.
/// A caller that leaves a key to others needs neither.
@usableFromInline
final class LeaseKeys<Key: LockKey>: Sendable {
  let session: LeaseSession
  /// The table in front: its keys are held or waited for by callers of this process.
  let locks: LockTable<Key>
  private let keyText: (@Sendable (Key) -> String)?
  /// The keys that callers of this process want or have.
  private let slots = Guarded<[Key: LeaseSlot]>([:])

  init(_ context: LeaseContext, keyText: (@Sendable (Key) -> String)?) {
    self.keyText = keyText
    let locks = LockTable<Key>(
      name: context.namespace,
      configuration: LockTableConfiguration(
        fairness: context.fairness,
        maximumWaitersPerKey: context.configuration.maximumWaitersPerKey,
        diagnostics: context.configuration.diagnostics, clock: context.configuration.clock))
    self.locks = locks
    session = LeaseSession(context) { locks.close() }
  }

  var context: LeaseContext { session.context }

  /// The number of keys that callers of this process want or have.
  var count: Int { slots.withValue { $0.count } }
}

extension LeaseKeys {
  /// Notes that one more caller wants the key. Nil if the session does not run.
  func enter(_ key: Key, _ wait: LeaseWait) throws(LeaseError) -> LeaseSlot? {
    // The way of a key that is in use makes no name.
    if let slot = slots.withValue({ $0[key] }), session.enter(slot) { return slot }
    guard let name = name(of: key) else { throw tooLong(key, wait) }
    let new = LeaseSlot(name, key: name.key, session) { [self] in leaveLast(key, $0) }
    return slots.withValue { slots in
      // Another caller may have been faster.
      if let slot = slots[key] { return session.enter(slot) ? slot : nil }
      guard session.add(new) else { return nil }
      slots[key] = new
      return new
    }
  }

  private func leaveLast(_ key: Key, _ slot: LeaseSlot) -> Bool {
    slots.withValue { slots in
      guard session.leaveOrRemove(slot) else { return false }
      slots[key] = nil
      return true
    }
  }

  /// Waits until the session runs. Throws if it does not in time, or does not any more.
  nonisolated(nonsending) func waitForStart(_ key: Key, _ wait: LeaseWait) async throws {
    try await session.waitForStart(wait)
    guard session.isRunning else { throw notRunning(key, wait) }
  }

  func notRunning(_ key: Key, _ wait: LeaseWait) -> LeaseError {
    session.notRunning(words(for: key), wait)
  }

  func name(of key: Key) -> LeaseName? {
    keyText.map { LeaseName(namespace: context.namespace, keyText: $0(key)) }
      ?? LeaseName(namespace: context.namespace, key: key)
  }

  func tooLong(_ key: Key, _ wait: LeaseWait) -> LeaseError {
    LeaseError(.keyTooLong, key: words(for: key), namespace: context.namespace, limit: wait.limit)
  }

  /// The key for people, on one line.
  func words(for key: Key) -> String {
    LockTableError(.timedOut, key: key).key
  }

  /// The error of a call that was not to wait.
  @usableFromInline
  func notAvailable(_ key: Key?, _ wait: LeaseWait) -> LeaseError {
    context.counters.timeouts.increase()
    return LeaseError(
      .timedOut, key: key.map(words) ?? "a key", namespace: context.namespace, limit: wait.limit)
  }
}
