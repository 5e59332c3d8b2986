internal import CFileLocks
internal import LockTable

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What a ``DirectoryLeaseStore`` keeps under its mutex. The system calls of a call are made under it
/// as well: they are short, and so a release comes after the requests before it.
package struct DirectoryState {
  /// One owner's hold of a name, or its wait.
  struct Entry {
    let claim: LeaseClaim
    /// As other processes see the claim.
    let owner: fl_owner
    var file = fl_file(fd: -1, is_marked: false, inode: 0)
    /// Zero while the claim waits.
    var token: Int64 = 0
    var isLost = false
    /// Whether the thread knows of the wait.
    var isKnown = false

    var isHeld: Bool { token != 0 }
  }

  let path: String
  var errors: DirectoryErrors { DirectoryErrors(path: path) }
  let allowsNetworkFileSystems: Bool
  var descriptors = DirectoryDescriptors()

  /// By the text of the name. As a rule a name has one entry: callers of one process wait in the
  /// table.
  private var entries: [String: [Entry]] = [:]
  /// The names for which entries wait.
  private(set) var waiting: Set<String> = []

  /// Tells the thread about new waits. Nil while no table runs the store.
  var watcher: DirectoryWatcherState?

  init(path: String, allowsNetworkFileSystems: Bool) {
    self.path = path
    self.allowsNetworkFileSystems = allowsNetworkFileSystems
  }

  mutating func acquire(
    _ claim: LeaseClaim, waits: Bool
  ) throws(LeaseStoreError) -> LeaseAnswer {
    try open()
    var entry: Entry
    if let known = remove(claim) {
      entry = known
      if entry.isHeld, isStillHeld(entry) {
        insert(entry)
        return .granted(token: entry.token)
      }
      if entry.isHeld {
        fl_close(entry.file.fd)
        entry = Entry(claim: claim, owner: entry.owner)
      }
    } else {
      entry = Entry(claim: claim, owner: descriptors.owner(of: claim.owner))
    }
    return try take(&entry, waits: waits || entry.file.is_marked)
  }

  private mutating func take(
    _ entry: inout Entry, waits: Bool
  ) throws(LeaseStoreError) -> LeaseAnswer {
    let result = entry.claim.name.text.withCString {
      fl_take(descriptors.directory, $0, entry.owner, waits, &entry.file)
    }
    switch result {
    case 0:
      do throws(LeaseStoreError) {
        entry.token = try drawToken()
      } catch {
        _ = leave(&entry)
        throw error
      }
      insert(entry)
      return .granted(token: entry.token)
    case EAGAIN:
      return .held(refused(entry, waits: waits))
    default:
      throw errors.ofFile(result, entry.claim.name)
    }
  }

  /// Puts the entry among those that wait, if it is to.
  private mutating func refused(_ entry: Entry, waits: Bool) -> LeaseObstacle {
    var holder = fl_owner()
    let obstacle = LeaseObstacle(
      owner: fl_holder(entry.file.fd, &holder) ? descriptors.owner(holder) : nil,
      // The thread looks each second.
      retryAfter: waits && watcher != nil ? .seconds(60) : nil)
    if waits {
      insert(entry)
    } else {
      fl_close(entry.file.fd)
    }
    return obstacle
  }

  func renew(_ claim: LeaseClaim) -> LeaseRenewal {
    guard let entry = entries[claim.name.text]?.first(where: { $0.claim.owner == claim.owner }),
      entry.isHeld, isStillHeld(entry)
    else { return .lost }
    return .renewed(isWanted: fl_waiter_count(entry.file.fd, 1) > 0)
  }

  mutating func release(_ claim: LeaseClaim) -> LeaseRelease {
    guard var entry = remove(claim) else { return LeaseRelease(wasHeld: false) }
    return leave(&entry)
  }

  private func leave(_ entry: inout Entry) -> LeaseRelease {
    guard !entry.isLost else {
      fl_close(entry.file.fd)
      return LeaseRelease(wasHeld: false)
    }
    let parting = entry.claim.name.text.withCString {
      fl_leave(descriptors.directory, $0, entry.owner, entry.isHeld, &entry.file)
    }
    return LeaseRelease(wasHeld: parting.was_held, isWanted: parting.is_wanted)
  }

  mutating func closeAll() {
    for entry in entries.values.joined() {
      var entry = entry
      _ = leave(&entry)
    }
    descriptors.close()
  }
}

// The entries.

extension DirectoryState {
  /// Takes the claim's entry out.
  private mutating func remove(_ claim: LeaseClaim) -> Entry? {
    let text = claim.name.text
    guard var list = entries.removeValue(forKey: text) else { return nil }
    let index = list.firstIndex { $0.claim.owner == claim.owner }
    let entry = index.map { list.remove(at: $0) }
    if !list.isEmpty { entries[text] = list }
    if !waiting.isEmpty, list.allSatisfy(\.isHeld) { waiting.remove(text) }
    return entry
  }

  private mutating func insert(_ entry: Entry) {
    let text = entry.claim.name.text
    var entry = entry
    if !entry.isHeld {
      waiting.insert(text)
      if !entry.isKnown { watcher?.begin(waitingFor: text) }
      entry.isKnown = true
    }
    entries[text, default: []].append(entry)
  }

  private func isCurrent(_ entry: Entry) -> Bool {
    entry.claim.name.text.withCString { fl_is_current(descriptors.directory, $0, entry.file) }
  }

  private func isStillHeld(_ entry: Entry) -> Bool {
    !entry.isLost && isCurrent(entry)
  }

  /// The name, if somebody who waits for it here may get it now.
  func nameIfFree(_ text: String) -> LeaseName? {
    guard let entry = entries[text]?.first(where: { !$0.isHeld }) else { return nil }
    var holder = fl_owner()
    return fl_holder(entry.file.fd, &holder) && isCurrent(entry) ? nil : entry.claim.name
  }

  /// Finds claims that have lost the name since this was called last.
  mutating func findLosses(of text: String) -> [LeaseClaim] {
    guard var list = entries[text] else { return [] }
    var losses: [LeaseClaim] = []
    for index in list.indices
    where list[index].isHeld && !list[index].isLost && !isCurrent(list[index]) {
      list[index].isLost = true
      losses.append(list[index].claim)
    }
    if !losses.isEmpty { entries[text] = list }
    return losses
  }

  /// The texts of all names that have entries.
  var texts: [String] { Array(entries.keys) }
}

extension Guarded<DirectoryState> {
  /// Passes on what the body throws.
  func withStore<Result>(
    _ body: (inout DirectoryState) throws(LeaseStoreError) -> Result
  ) throws(LeaseStoreError) -> Result {
    try withValue { state -> Swift.Result<Result, LeaseStoreError> in
      do throws(LeaseStoreError) {
        return .success(try body(&state))
      } catch {
        return .failure(error)
      }
    }.get()
  }
}
