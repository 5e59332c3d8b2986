internal import CFileLocks
internal import LockTable

/// What the calls tell the thread, under the store's mutex.
struct DirectoryWatcherState {
  /// For `fl_watch_wake()`. Valid for as long as this is in the store's state.
  let waker: Int32
  var isStopping = false
  /// The names for which waits have begun since the thread last looked.
  var begun: [String] = []

  mutating func begin(waitingFor text: String) {
    begun.append(text)
    if begun.count == 1 { fl_watch_wake(waker) }
  }

  mutating func stop() {
    isStopping = true
    fl_watch_wake(waker)
  }
}

/// The one thread of a store that a table runs: it learns of changes, and looks at the names that are
/// waited for.
///
/// The task that runs the store makes a watcher, and hands it over to the thread in
/// ``untilCancelled()``. Before and after that nobody else knows it. So it need not be Sendable for
/// all, and the transfer is unchecked.
final class DirectoryWatcher: @unchecked Sendable {
  private let store: DirectoryLeaseStore
  private let report: @Sendable (LeaseStoreChange) -> Void
  /// C's watch, which lives as long as the watcher.
  private let watch: OpaquePointer
  private var looks: DirectoryLooks
  private var end: CheckedContinuation<LeaseStoreError?, Never>?

  /// From now on no change is missed.
  init(
    _ store: DirectoryLeaseStore, hearsEvents: Bool,
    report: @escaping @Sendable (LeaseStoreChange) -> Void
  ) throws(LeaseStoreError) {
    self.store = store
    self.report = report
    watch = try store.state.withStore { (state) throws(LeaseStoreError) in
      try state.openWatch(hearsEvents: hearsEvents)
    }
    looks = DirectoryLooks(hearsEvents: fl_watch_hears_events(watch))
  }

  deinit {
    fl_watch_close(watch)
  }

  /// Runs the thread until the task is cancelled, or the directory is gone.
  nonisolated(nonsending) func untilCancelled() async throws(LeaseStoreError) {
    let store = store
    let error = await withTaskCancellationHandler {
      await withCheckedContinuation { end in start(end) }
    } onCancel: {
      store.state.withValue { $0.watcher?.stop() }
    }
    if let error { throw error }
  }

  private func start(_ end: CheckedContinuation<LeaseStoreError?, Never>) {
    self.end = end
    // The thread gets a reference of its own, and takes it over first of all.
    let watcher = Unmanaged.passRetained(self)
    let result = fl_thread_start(
      { argument in
        guard let argument else { return }
        Unmanaged<DirectoryWatcher>.fromOpaque(argument).takeRetainedValue().run()
      }, watcher.toOpaque())
    if result != 0 {
      watcher.release()
      finish(store.state.withValue { $0.errors.ofThread(result) })
    }
  }

  /// Lets another run begin, and ends this one.
  private func finish(_ error: LeaseStoreError?) {
    store.state.withValue { $0.watcher = nil }
    end?.resume(returning: error)
  }

  private func run() {
    try? DirectoryListing(store).tidy()
    // What happened before there was a thread.
    var news = DirectoryNews()
    news.isIncomplete = true
    var error: LeaseStoreError?
    while error == nil {
      if news.isOfDirectory { error = abandonIfMoved() }
      var isStopping = false
      let changes = store.state.withValue { state in
        isStopping = state.watcher?.isStopping ?? true
        return state.changes(after: news, &looks)
      }
      changes.forEach(report)
      if isStopping { break }
      news = wait()
    }
    finish(error)
  }

  /// Waits until there is something to look at.
  private func wait() -> DirectoryNews {
    var news = DirectoryNews()
    guard let next = looks.next else {
      // Nobody here waits, so what happens is our own doing, or theft, or not about us. We need not
      // wake up for each of it.
      if fl_watch_wait(watch, -1, true) {
        read(&news)
        _ = fl_watch_wait(watch, 10, false)
        if fl_watch_wait(watch, 0, true) { read(&news) }
      }
      return news
    }
    let pause = max(.zero, ContinuousClock.now.duration(to: next)).components
    let milliseconds =
      pause.seconds * 1000 + (pause.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    if fl_watch_wait(watch, Int32(clamping: milliseconds), true) { read(&news) }
    return news
  }

  /// Reads the events that have come.
  private func read(_ news: inout DirectoryNews) {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(FL_KEY_LENGTH) + 1) { text in
      // The buffer has room for the longest key and its end, which the call always writes.
      guard let start = text.baseAddress else { return }
      while true {
        switch fl_watch_next(watch, start) {
        case FL_EVENT_CLOSED: news.addClose(of: String(cString: start))
        case FL_EVENT_MOVED: news.addMove(of: String(cString: start))
        case FL_EVENT_OVERFLOW: news.isIncomplete = true
        case FL_EVENT_DIRECTORY: news.isOfDirectory = true
        default: return
        }
      }
    }
  }

  private func abandonIfMoved() -> LeaseStoreError? {
    let (error, changes) = store.state.withValue { state in
      fl_directory_is(state.descriptors.directory, state.path)
        ? (nil, []) : (state.errors.ofMove(), state.abandonDirectory())
    }
    changes.forEach(report)
    return error
  }
}

extension DirectoryState {
  mutating func openWatch(hearsEvents: Bool) throws(LeaseStoreError) -> OpaquePointer {
    guard watcher == nil else { throw errors.ofSecondRun() }
    try open()
    var watch: OpaquePointer?
    let result = fl_watch_open(descriptors.directory, path, hearsEvents, &watch)
    guard result == 0, let watch else { throw errors.ofThread(result) }
    watcher = DirectoryWatcherState(waker: fl_watch_waker(watch))
    return watch
  }
}
