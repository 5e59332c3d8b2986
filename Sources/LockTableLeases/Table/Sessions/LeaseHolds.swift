internal import LockTable

/// Several keys that a caller of this process holds.
@usableFromInline
struct LeaseHolds: EndingHold {
  /// The holds, in the order of their names.
  let holds: [LeaseHold]
  /// Which of them each key has, in the caller's order.
  let indices: [Int]

  @usableFromInline var content: [Lease] { leases }

  var leases: [Lease] { indices.map { holds[$0].lease } }

  @usableFromInline
  func endHere() -> LeaseHoldEnd<Void> { .waits(()) }

  /// Ends all of them, at the same time. Returns the first loss, in the order of names.
  @usableFromInline
  nonisolated(nonsending) func end(_ rest: Void = ()) async -> LeaseLoss? {
    let losses = await withTaskGroup(of: (Int, LeaseLoss?).self) { group in
      for (index, hold) in holds.enumerated() {
        group.addTask { (index, await hold.end()) }
      }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    return holds.indices.lazy.compactMap { losses[$0] }.first
  }

  func endInBackground() {
    for hold in holds {
      hold.endInBackground()
    }
  }

  /// Has `body` cancelled with the loss of any of them. Throws, and ends all, if one is lost already.
  @usableFromInline
  nonisolated(nonsending) func cancelling(_ body: ChildTask) async throws -> Self {
    guard holds.contains(where: { $0.grant.attach(body) }) else { return self }
    throw await end()?.error() ?? CancellationError()
  }
}

extension LeaseKeys {
  /// Acquires several keys, in the order of their names: in all processes that is one order, so that
  /// nobody waits in a circle. Nil if one of them is not available and the call is an attempt.
  @usableFromInline
  nonisolated(nonsending) func acquire(
    all keys: some Collection<Key>, _ wait: LeaseWait, _ site: CallSite
  ) async throws -> LeaseHolds? {
    let (ordered, indices) = try order(keys, wait)
    var holds: [LeaseHold] = []
    do {
      for key in ordered {
        guard let hold = try await acquire(key, wait, site, for: nil) else {
          LeaseHolds(holds: holds, indices: []).endInBackground()
          return nil
        }
        holds.append(hold)
      }
    } catch {
      LeaseHolds(holds: holds, indices: []).endInBackground()
      throw error
    }
    return LeaseHolds(holds: holds, indices: indices)
  }

  /// The keys in the order of their names, each once, and where each of the given ones is.
  private func order(
    _ keys: some Collection<Key>, _ wait: LeaseWait
  ) throws(LeaseError) -> ([Key], [Int]) {
    var byName: [LeaseName: Key] = [:]
    var names: [LeaseName] = []
    for key in keys {
      guard let name = name(of: key) else {
        let error = tooLong(key, wait)
        session.count(error)
        throw error
      }
      names.append(name)
      byName[name] = key
    }
    let ordered = byName.sorted { $0.key < $1.key }
    let places = Dictionary(
      uniqueKeysWithValues: ordered.enumerated().map { ($0.element.key, $0.offset) })
    return (ordered.map(\.value), names.compactMap { places[$0] })
  }
}
