/// Refcounted pthread mutexes in dictionaries, with pointers instead of objects: no reference is
/// counted but the key's.
final class StripedPthreadDictionary<Key: BenchKey>: Contender, @unchecked Sendable {
  // Sound to share: a stripe is only used inside its mutex.
  private let stripes = PthreadStripes<Key, PthreadMutex>()

  deinit {
    stripes.destroy()
  }

  @inline(__always)
  func run(_ key: Key, _ body: () -> Void) {
    let stripe = stripes.stripe(of: key)
    let entry = Stripe.enter(stripe, key)
    Entry.lock(of: entry).lock()
    body()
    Entry.lock(of: entry).unlock()
    Stripe.leave(stripe, key, entry)
  }
}

extension StripedPthreadDictionary {
  /// Without a scope. Each `acquire` is followed by one `release`.
  func acquire(_ key: Key) {
    Entry.lock(of: Stripe.enter(stripes.stripe(of: key), key)).lock()
  }

  func release(_ key: Key) {
    let stripe = stripes.stripe(of: key)
    guard let entry = Stripe.entry(stripe, key) else { return }
    Entry.lock(of: entry).unlock()
    Stripe.leave(stripe, key, entry)
  }
}

/// The same with pthread read-write locks: what one would write who needs readers.
final class StripedReadWriteDictionary<Key: BenchKey>: Contender, @unchecked Sendable {
  // Sound to share: a stripe is only used inside its mutex.
  private let stripes = PthreadStripes<Key, PthreadReadWriteLock>()

  deinit {
    stripes.destroy()
  }

  @inline(__always)
  func run(_ key: Key, _ body: () -> Void) {
    let stripe = stripes.stripe(of: key)
    let entry = Stripe.enter(stripe, key)
    Entry.lock(of: entry).lockExclusive()
    body()
    Entry.lock(of: entry).unlock()
    Stripe.leave(stripe, key, entry)
  }

  @inline(__always)
  func runShared(_ key: Key, _ body: () -> Void) {
    let stripe = stripes.stripe(of: key)
    let entry = Stripe.enter(stripe, key)
    Entry.lock(of: entry).lockShared()
    body()
    Entry.lock(of: entry).unlock()
    Stripe.leave(stripe, key, entry)
  }
}

private struct PthreadStripes<Key: BenchKey, Lock: PthreadLock> {
  private let first = UnsafeMutablePointer<Stripe<Key, Lock>>.allocate(capacity: stripeCount)

  init() {
    for index in 0..<stripeCount {
      first.advanced(by: index).initialize(to: Stripe())
      Stripe.mutex(of: first + index).initializeMutex()
    }
  }

  func destroy() {
    for index in 0..<stripeCount {
      Stripe.mutex(of: first + index).destroyMutex()
    }
    first.deinitialize(count: stripeCount)
    first.deallocate()
  }

  @inline(__always)
  func stripe(of key: Key) -> UnsafeMutablePointer<Stripe<Key, Lock>> {
    first + (key.hashValue & (stripeCount - 1))
  }
}

private struct Entry<Lock: PthreadLock> {
  // First, so that it is at the entry's address.
  var lock = Lock()
  var users = 1

  @inline(__always)
  static func lock(of entry: UnsafeMutablePointer<Self>) -> UnsafeMutablePointer<Lock> {
    UnsafeMutableRawPointer(entry).assumingMemoryBound(to: Lock.self)
  }
}

private struct Stripe<Key: BenchKey, Lock: PthreadLock> {
  // First, so that it is at the stripe's address.
  var mutex = PthreadMutex()
  var entries: [Key: UnsafeMutablePointer<Entry<Lock>>] = [:]

  @inline(__always)
  static func mutex(of stripe: UnsafeMutablePointer<Self>) -> UnsafeMutablePointer<PthreadMutex> {
    UnsafeMutableRawPointer(stripe).assumingMemoryBound(to: PthreadMutex.self)
  }

  static func enter(
    _ stripe: UnsafeMutablePointer<Self>, _ key: Key
  ) -> UnsafeMutablePointer<Entry<Lock>> {
    mutex(of: stripe).lock()
    defer { mutex(of: stripe).unlock() }
    return join(&stripe.pointee.entries[key])
  }

  static func entry(
    _ stripe: UnsafeMutablePointer<Self>, _ key: Key
  ) -> UnsafeMutablePointer<Entry<Lock>>? {
    mutex(of: stripe).lock()
    defer { mutex(of: stripe).unlock() }
    return stripe.pointee.entries[key]
  }

  /// In the dictionary's own slot: the key is looked up once, be there an entry or not.
  private static func join(
    _ slot: inout UnsafeMutablePointer<Entry<Lock>>?
  ) -> UnsafeMutablePointer<Entry<Lock>> {
    if let entry = slot {
      entry.pointee.users += 1
      return entry
    }
    let entry = UnsafeMutablePointer<Entry<Lock>>.allocate(capacity: 1)
    entry.initialize(to: Entry())
    Lock.prepare(Entry.lock(of: entry))
    slot = entry
    return entry
  }

  static func leave(
    _ stripe: UnsafeMutablePointer<Self>, _ key: Key, _ entry: UnsafeMutablePointer<Entry<Lock>>
  ) {
    mutex(of: stripe).lock()
    entry.pointee.users -= 1
    let isLast = entry.pointee.users == 0
    if isLast {
      stripe.pointee.entries[key] = nil
    }
    mutex(of: stripe).unlock()
    if isLast {
      Lock.finish(Entry.lock(of: entry))
      entry.deallocate()
    }
  }
}
