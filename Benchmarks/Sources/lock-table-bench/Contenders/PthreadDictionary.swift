/// Counted pthread locks in dictionaries, with pointers instead of objects: no reference is counted but the
/// key's.
final class PthreadDictionary<Key: BenchKey, Lock: PthreadLock>: Contender, @unchecked Sendable {
  private struct Stripe {
    let mutex = PthreadMutex()
    var locks: [Key: Lock] = [:]
  }

  // Sound to share: a stripe is only used inside its mutex.
  private let stripes = UnsafeMutablePointer<Stripe>.allocate(capacity: stripeCount)

  init() {
    for index in 0..<stripeCount { (stripes + index).initialize(to: Stripe()) }
  }

  deinit {
    for index in 0..<stripeCount { stripes[index].mutex.destroy() }
    stripes.deinitialize(count: stripeCount)
    stripes.deallocate()
  }

  @inline(__always)
  func run(_ key: Key, _ body: () -> Void) { hold(key, { $0.lockExclusive() }, body) }

  @inline(__always)
  func runShared(_ key: Key, _ body: () -> Void) { hold(key, { $0.lockShared() }, body) }

  @inline(__always)
  private func hold(_ key: Key, _ acquire: (Lock) -> Void, _ body: () -> Void) {
    let stripe = stripe(of: key)
    let lock = Self.enter(stripe, key)
    acquire(lock)
    body()
    lock.unlock()
    Self.leave(stripe, key)
  }

  @inline(__always)
  private func stripe(of key: Key) -> UnsafeMutablePointer<Stripe> {
    stripes + (key.hashValue & (stripeCount - 1))
  }

  private static func enter(_ stripe: UnsafeMutablePointer<Stripe>, _ key: Key) -> Lock {
    stripe.pointee.mutex.lockExclusive()
    defer { stripe.pointee.mutex.unlock() }
    return join(&stripe.pointee.locks[key])
  }

  private static func leave(_ stripe: UnsafeMutablePointer<Stripe>, _ key: Key) {
    stripe.pointee.mutex.lockExclusive()
    let last = part(&stripe.pointee.locks[key])
    stripe.pointee.mutex.unlock()
    last?.destroy()
  }

  // In the dictionary's own slot: the key is looked up once, be there an entry or not.

  private static func join(_ slot: inout Lock?) -> Lock {
    let lock = slot ?? Lock()
    lock.memory.content.pointee.users += 1
    slot = lock
    return lock
  }

  /// The lock, if no user is left.
  private static func part(_ slot: inout Lock?) -> Lock? {
    guard let lock = slot else { return nil }
    lock.memory.content.pointee.users -= 1
    guard lock.memory.content.pointee.users == 0 else { return nil }
    slot = nil
    return lock
  }
}

extension PthreadDictionary {
  /// Without a scope. Each `acquire` is followed by one `release`.
  func acquire(_ key: Key) { Self.enter(stripe(of: key), key).lockExclusive() }

  func release(_ key: Key) {
    let stripe = stripe(of: key)
    stripe.pointee.mutex.lockExclusive()
    let lock = stripe.pointee.locks[key]
    stripe.pointee.mutex.unlock()
    lock?.unlock()
    Self.leave(stripe, key)
  }
}
