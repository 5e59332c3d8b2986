internal import CFileLocks
package import LockTable

/// A store in a directory, for the processes of one machine. There is nothing to install:
///
///     let leases = LeaseTable<String>(store: .directory("/var/lib/app/locks"), namespace: "orders")
///
/// The directory must exist, and belong to the store alone. All processes that are to exclude each
/// other need the same one, and the right to create files in it. Containers need it as a shared
/// volume. A key that is held or waited for has a file there, `orders,account-42`, on which its holder
/// has a lock of the system. The file `tokens` is there for good.
///
/// - The system releases the locks of a process that has ended, however it ended, and of no other. So
///   nothing is renewed, and a lease is lost only if somebody deletes or moves its file. A process
///   that is stopped keeps its keys.
/// - A call makes a few short system calls, on the caller's thread, and answers at once. The first
///   acquisition and one of each 65 536 wait for the disk.
/// - While a table runs the store, one thread hears of changes in the directory. It does nothing while
///   nothing changes, except for one look a second while the process waits. On a system that tells of
///   no changes (macOS; Linux without inotify instances left) it looks each 10 ms while it waits.
/// - A key has no line of waiters. Of the processes that wait for it, any may get it next.
/// - Each key that is held or waited for takes a file descriptor of the process.
/// - Tokens rise also after a loss of power. A token file that was deleted begins anew with the
///   microseconds since 1970, and so above the tokens before, unless the machine's clock went back.
///
/// A directory on a network file system is refused, since locks there can be lost without notice, and
/// changes are not heard of. So is one on FUSE, which hides what is below.
///
/// On a file system that does not tell upper case from lower case, neither do the keys.
///
/// A child of `fork()` has the locks of its parent until it calls `exec`, or ends: until then they stay
/// held, also if the parent has released them. `posix_spawn` and `Process` are safe.
public final class DirectoryLeaseStore: LeaseStore {
  /// The directory.
  public let path: String
  package let state: Guarded<DirectoryState>
  private let hearsEvents: Bool

  /// Makes a store. Nothing is opened before the first call.
  ///
  /// With `allowsNetworkFileSystems` a directory is not refused for where it is. Then you know that
  /// its locks hold between the processes that use it, and that they notice a broken connection. They
  /// hear of each other only by the one look a second that each takes while it waits.
  public convenience init(path: String, allowsNetworkFileSystems: Bool = false) {
    self.init(
      path: path, allowsNetworkFileSystems: allowsNetworkFileSystems, hearsEvents: true)
  }

  /// Without events, the store is as it is on a system that tells of none.
  package init(path: String, allowsNetworkFileSystems: Bool, hearsEvents: Bool) {
    self.path = path
    self.hearsEvents = hearsEvents
    state = Guarded(
      DirectoryState(path: path, allowsNetworkFileSystems: allowsNetworkFileSystems))
  }

  deinit {
    state.withValue { $0.closeAll() }
  }

  /// `directory`.
  public var name: String { "directory" }

  /// Never: a grant ends by its release, or with its process.
  public var expiry: LeaseExpiry { .never }

  /// Opens the directory, deletes files that ended processes have left, and hears of changes until
  /// the task is cancelled. Throws if the directory is none, or can't be used.
  public nonisolated(nonsending) func run(
    as process: LeaseProcess, report: @escaping @Sendable (LeaseStoreChange) -> Void
  ) async throws(LeaseStoreError) {
    var pause = Duration.milliseconds(50)
    while !Task.isCancelled {
      do throws(LeaseStoreError) {
        let watcher = try DirectoryWatcher(self, hearsEvents: hearsEvents, report: report)
        report(.connected)
        pause = .milliseconds(50)
        try await watcher.untilCancelled()
      } catch {
        guard error.kind == .transient else { throw error }
        report(.interrupted(error))
        try? await Task.sleep(for: pause)
        pause = min(pause * 2, .seconds(5))
      }
    }
  }

  /// Takes the name if it is free. Does not look at the duration, nor at the task's cancellation.
  public nonisolated(nonsending) func acquire(
    _ claim: LeaseClaim, for duration: Duration, waits: Bool
  ) async throws(LeaseStoreError) -> LeaseAnswer {
    try state.withStore { (state) throws(LeaseStoreError) in
      try state.acquire(claim, waits: waits)
    }
  }

  /// Says which of the claims still have their names. There is nothing to renew.
  public nonisolated(nonsending) func renew(
    _ claims: [LeaseClaim], for duration: Duration
  ) async throws(LeaseStoreError) -> [LeaseRenewal] {
    state.withValue { state in claims.map { state.renew($0) } }
  }

  /// Releases the name, or ends the wait. Never fails.
  public nonisolated(nonsending) func release(
    _ claim: LeaseClaim
  ) async throws(LeaseStoreError) -> LeaseRelease {
    state.withValue { $0.release(claim) }
  }

  /// Reads the directory, and returns the names that are held, in order. An owner is nil while its
  /// process begins, or if the directory is used by more than 4 095 processes.
  public nonisolated(nonsending) func holdings(
    in namespace: String
  ) async throws(LeaseStoreError) -> [LeaseHolding] {
    let listing = try DirectoryListing(self)
    var holdings: [LeaseHolding] = []
    var count = 0
    while let name = listing.next() {
      if name.namespace == namespace, let holding = listing.holding(of: name) {
        holdings.append(holding)
      }
      // A thousand files take some milliseconds.
      count += 1
      if count.isMultiple(of: 64) { await Task.yield() }
    }
    return holdings.sorted { $0.name < $1.name }
  }
}

extension LeaseStore where Self == DirectoryLeaseStore {
  /// A store in that directory, for the processes of one machine.
  public static func directory(
    _ path: String, allowsNetworkFileSystems: Bool = false
  ) -> DirectoryLeaseStore {
    DirectoryLeaseStore(path: path, allowsNetworkFileSystems: allowsNetworkFileSystems)
  }
}
