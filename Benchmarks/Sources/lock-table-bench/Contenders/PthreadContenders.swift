/// Refcounted pthread mutexes in dictionaries, with pointers instead of objects: no reference is
/// counted but the key's.
final class StripedPthreadDictionary<Key: BenchKey>: Contender, @unchecked Sendable {
  // Sound to share: a stripe is only used inside its mutex.
  private let stripes: UnsafeMutablePointer<Stripe<Key>>

  init() {
    stripes = .allocate(capacity: stripeCount)
    for index in 0..<stripeCount {
      stripes.advanced(by: index).initialize(to: Stripe())
      Stripe.mutex(of: stripes + index).initializeMutex()
    }
  }

  deinit {
    for index in 0..<stripeCount {
      Stripe.mutex(of: stripes + index).destroyMutex()
    }
    stripes.deinitialize(count: stripeCount)
    stripes.deallocate()
  }

  @inline(__always)
  func run(_ key: Key, _ body: () -> Void) {
    let stripe = stripes + (key.hashValue & (stripeCount - 1))
    let entry = Stripe.enter(stripe, key)
    Entry.mutex(of: entry).lock()
    body()
    Entry.mutex(of: entry).unlock()
    Stripe.leave(stripe, key, entry)
  }
}

private struct Entry {
  // First, so that it is at the entry's address.
  var mutex = PthreadMutex()
  var users = 1

  @inline(__always)
  static func mutex(of entry: UnsafeMutablePointer<Entry>) -> UnsafeMutablePointer<PthreadMutex> {
    UnsafeMutableRawPointer(entry).assumingMemoryBound(to: PthreadMutex.self)
  }
}

private struct Stripe<Key: BenchKey> {
  // First, so that it is at the stripe's address.
  var mutex = PthreadMutex()
  var entries: [Key: UnsafeMutablePointer<Entry>] = [:]

  @inline(__always)
  static func mutex(of stripe: UnsafeMutablePointer<Self>) -> UnsafeMutablePointer<PthreadMutex> {
    UnsafeMutableRawPointer(stripe).assumingMemoryBound(to: PthreadMutex.self)
  }

  static func enter(
    _ stripe: UnsafeMutablePointer<Self>, _ key: Key
  ) -> UnsafeMutablePointer<Entry> {
    mutex(of: stripe).lock()
    defer { mutex(of: stripe).unlock() }
    return join(&stripe.pointee.entries[key])
  }

  /// In the dictionary's own slot: the key is looked up once, be there an entry or not.
  private static func join(
    _ slot: inout UnsafeMutablePointer<Entry>?
  ) -> UnsafeMutablePointer<Entry> {
    if let entry = slot {
      entry.pointee.users += 1
      return entry
    }
    let entry = UnsafeMutablePointer<Entry>.allocate(capacity: 1)
    entry.initialize(to: Entry())
    Entry.mutex(of: entry).initializeMutex()
    slot = entry
    return entry
  }

  static func leave(
    _ stripe: UnsafeMutablePointer<Self>, _ key: Key, _ entry: UnsafeMutablePointer<Entry>
  ) {
    mutex(of: stripe).lock()
    entry.pointee.users -= 1
    let isLast = entry.pointee.users == 0
    if isLast {
      stripe.pointee.entries[key] = nil
    }
    mutex(of: stripe).unlock()
    if isLast {
      Entry.mutex(of: entry).destroyMutex()
      entry.deallocate()
    }
  }
}

/// The yardstick: one mutex for everything.
final class OnePthreadMutex<Key: BenchKey>: Contender, @unchecked Sendable {
  // Sound to share: a mutex is made to be.
  private let mutex = UnsafeMutablePointer<PthreadMutex>.allocate(capacity: 1)

  init() {
    mutex.initializeMutex()
  }

  deinit {
    mutex.destroyMutex()
    mutex.deallocate()
  }

  @inline(__always)
  func run(_ key: Key, _ body: () -> Void) {
    mutex.lock()
    body()
    mutex.unlock()
  }
}

/// The loop itself.
final class NoLock<Key: BenchKey>: Contender {
  @inline(__always)
  func run(_ key: Key, _ body: () -> Void) {
    body()
  }
}
