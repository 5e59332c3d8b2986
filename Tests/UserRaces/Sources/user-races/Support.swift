internal import LockTable
internal import Synchronization

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// A number that nothing protects.
struct Cell: @unchecked Sendable {
  // Not sound to share, which is the point.
  private let pointer: UnsafeMutablePointer<Int>

  init() {
    pointer = .allocate(capacity: 1)
    pointer.initialize(to: 0)
  }

  var value: Int {
    get { pointer.pointee }
    nonmutating set { pointer.pointee = newValue }
  }

  func withPointer(_ body: (UnsafeMutablePointer<Int>) -> Void) {
    body(pointer)
  }

  /// As ThreadSanitizer prints it, but for leading zeros.
  var address: String { String(UInt(bitPattern: pointer), radix: 16) }
}

/// Steps that come one after the other in time, without one happening before the other: relaxed
/// atomics order nothing.
final class Turns: Sendable {
  private let turn = Atomic(0)

  func wait(for wanted: Int) {
    while turn.load(ordering: .relaxed) < wanted {
      sched_yield()
    }
  }

  func pass() {
    turn.wrappingAdd(1, ordering: .relaxed)
  }
}

/// A thread of the system's: the members under test block.
struct NativeThread {
  private let thread: pthread_t

  private final class Body: Sendable {
    let run: @Sendable () -> Void

    init(run: @escaping @Sendable () -> Void) {
      self.run = run
    }
  }

  init(_ run: @escaping @Sendable () -> Void) {
    let body = Unmanaged.passRetained(Body(run: run)).toOpaque()
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let error = pthread_create(&thread, nil, startThread, body)
    #if canImport(Darwin)
      guard error == 0, let thread else { fatalError("the system has no thread to give") }
    #else
      guard error == 0 else { fatalError("the system has no thread to give") }
    #endif
    self.thread = thread
  }

  fileprivate static func run(_ body: UnsafeMutableRawPointer) {
    Unmanaged<Body>.fromOpaque(body).takeRetainedValue().run()
  }

  func join() {
    pthread_join(thread, nil)
  }
}

#if canImport(Darwin)
  private let startThread: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = {
    NativeThread.run($0)
    return nil
  }
#else
  private let startThread: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
    if let body = $0 {
      NativeThread.run(body)
    }
    return nil
  }
#endif

/// Runs each on a thread of its own, and waits for all.
func onThreads(_ bodies: (@Sendable () -> Void)...) {
  let threads = bodies.map(NativeThread.init)
  for thread in threads {
    thread.join()
  }
}

/// Runs `body` on so many threads, which are numbered, and waits for them.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  let threads = (0..<count).map { number in NativeThread { body(number) } }
  for thread in threads {
    thread.join()
  }
}

/// A queue behind a mutex that ThreadSanitizer sees.
final class Mailbox<Element: ~Copyable>: @unchecked Sendable {
  // Sound to share: reached through the mutex only.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let filled: UnsafeMutablePointer<pthread_cond_t>
  private var element: Element?

  init() {
    mutex = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
    filled = .allocate(capacity: 1)
    filled.initialize(to: pthread_cond_t())
    pthread_cond_init(filled, nil)
  }

  deinit {
    pthread_cond_destroy(filled)
    pthread_mutex_destroy(mutex)
    filled.deallocate()
    mutex.deallocate()
  }

  func send(_ element: consuming sending Element) {
    pthread_mutex_lock(mutex)
    self.element = consume element
    pthread_cond_signal(filled)
    pthread_mutex_unlock(mutex)
  }

  /// Waits for it.
  func receive() -> sending Element {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let element = element.take() {
        return element
      }
      pthread_cond_wait(filled, mutex)
    }
  }
}

/// One thread that runs jobs.
final class OneThread: TaskExecutor, Sendable {
  private let jobs = Jobs()

  private final class Jobs: @unchecked Sendable {
    // Sound to share: reached through the mutex only.
    var waiting: [UnownedJob?] = []
    let mutex: UnsafeMutablePointer<pthread_mutex_t>
    let added: UnsafeMutablePointer<pthread_cond_t>

    init() {
      mutex = .allocate(capacity: 1)
      mutex.initialize(to: pthread_mutex_t())
      pthread_mutex_init(mutex, nil)
      added = .allocate(capacity: 1)
      added.initialize(to: pthread_cond_t())
      pthread_cond_init(added, nil)
    }

    func add(_ job: UnownedJob?) {
      pthread_mutex_lock(mutex)
      waiting.append(job)
      pthread_cond_signal(added)
      pthread_mutex_unlock(mutex)
    }

    func next() -> UnownedJob? {
      pthread_mutex_lock(mutex)
      defer { pthread_mutex_unlock(mutex) }
      while waiting.isEmpty {
        pthread_cond_wait(added, mutex)
      }
      return waiting.removeFirst()
    }
  }

  func enqueue(_ job: consuming ExecutorJob) {
    jobs.add(UnownedJob(job))
  }

  /// Starts it. To be stopped, and then joined.
  func start() -> NativeThread {
    NativeThread { [self] in
      while let job = jobs.next() {
        job.runSynchronously(on: asUnownedTaskExecutor())
      }
    }
  }

  func stop() {
    jobs.add(nil)
  }
}

/// Runs each in a task on a thread of its own, and waits for all.
func inTasks(_ bodies: (@Sendable () async -> Void)...) async {
  let executors = bodies.map { _ in OneThread() }
  let threads = executors.map { $0.start() }
  await withTaskGroup { group in
    for (body, executor) in zip(bodies, executors) {
      group.addTask(executorPreference: executor) { await body() }
    }
  }
  for executor in executors {
    executor.stop()
  }
  for thread in threads {
    thread.join()
  }
}

/// A key that Swift compares, and that is a class.
final class Name: Hashable, Sendable {
  let text: String

  init(_ text: String) {
    self.text = text
  }

  static func == (left: Name, right: Name) -> Bool {
    left.text == right.text
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(text)
  }
}

/// A table with one stripe, where all keys meet.
func oneStripe<Key: Hashable & Sendable>(
  of type: Key.Type, fairness: LockTableConfiguration.Fairness = .adaptive,
  diagnostics: LockTableConfiguration.Diagnostics? = nil
) -> LockTable<Key> {
  LockTable(
    configuration: .init(fairness: fairness, stripeCount: 1, diagnostics: diagnostics))
}
