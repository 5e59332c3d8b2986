import LockTable
import Synchronization
import Testing

@Suite(.watched) struct OwnerTests {
  let locks = LockTable<String>()

  /// An owner of each kind, with the keys that it owns. All of "a", "b" and "c" must be free.
  private static func owner(_ kind: Kind, of locks: LockTable<String>) -> (LockOwner, [String]) {
    switch kind {
    case .exclusive: (LockOwner(locks.acquire("a")), ["a"])
    case .shared: (LockOwner(locks.acquireShared("a")), ["a"])
    case .exclusiveMode: (LockOwner(locks.acquire("a", mode: .exclusive)), ["a"])
    case .sharedMode: (LockOwner(locks.acquire("a", mode: .shared)), ["a"])
    case .several:
      (LockOwner(locks.acquire(exclusive: ["b", "a"], shared: ["c"])), ["a", "b", "c"])
    case .none: (LockOwner(locks.acquire(all: [])), [])
    }
  }

  enum Kind: CaseIterable {
    case exclusive, shared, exclusiveMode, sharedMode, several, none
    var isShared: Bool { self == .shared || self == .sharedMode }
  }

  @Test(arguments: Kind.allCases) func anOwnerHoldsUntilItIsReleased(kind: Kind) {
    let (owner, keys) = Self.owner(kind, of: locks)
    #expect(!owner.isReleased)
    #expect(locks.count == keys.count)
    for key in keys {
      #expect(locks.isLocked(key))
      #expect(owner.isHold(of: key, in: locks))
    }
    owner.release()
    #expect(owner.isReleased)
    #expect(locks.isEmpty)
  }

  @Test(arguments: Kind.allCases) func anOwnerReleasesWithItsLastReference(kind: Kind) {
    var (owner, keys): (LockOwner?, [String]) = Self.owner(kind, of: locks)
    var second = owner
    owner = nil
    #expect(locks.count == keys.count)
    #expect(second != nil)
    second = nil
    #expect(locks.isEmpty)
  }

  @Test(arguments: Kind.allCases) func laterReleasesDoNothing(kind: Kind) {
    let (owner, keys) = Self.owner(kind, of: locks)
    owner.release()
    // Another caller's hold is at the same place now.
    let other = locks.acquire(all: keys)
    owner.release()
    #expect(locks.count == keys.count)
    #expect(!keys.contains { owner.isHold(of: $0, in: locks) })
    #expect(keys.allSatisfy { locks.isLocked($0) })
    other.release()
    owner.release()
    #expect(locks.isEmpty)
  }

  @Test func theModeIsTheGuards() {
    for kind in Kind.allCases where kind != .none && kind != .several {
      let (owner, _) = Self.owner(kind, of: locks)
      let isShareable = locks.withSharedLockIfAvailable("a") { true } ?? false
      #expect(isShareable == kind.isShared, "\(kind)")
      owner.release()
    }
    let (owner, _) = Self.owner(.several, of: locks)
    #expect(locks.withSharedLockIfAvailable("a") { true } == nil)
    #expect(locks.withSharedLockIfAvailable("c") { true } == true)
    owner.release()
    #expect(locks.isEmpty)
  }

  @Test func anOwnerKnowsItsKeysAndItsTable() {
    let strange = LockTable<String>()
    let numbers = LockTable<Int>()
    let beside = LockOwner(locks.acquire("b"))
    let elsewhere = LockOwner(strange.acquire("a"))
    let number = LockOwner(numbers.acquire(1))
    let several = LockOwner(strange.acquire(all: ["c", "d"]))
    #expect(beside.isHold(of: "b", in: locks))
    #expect(!beside.isHold(of: "a", in: locks))
    #expect(!elsewhere.isHold(of: "a", in: locks))
    #expect(number.isHold(of: 1, in: numbers))
    #expect(!number.isHold(of: "a", in: locks))
    #expect(several.isHold(of: "d", in: strange) && !several.isHold(of: "a", in: strange))
    for owner in [beside, elsewhere, number, several] {
      owner.release()
    }
    #expect(locks.isEmpty && strange.isEmpty && numbers.isEmpty)
  }

  @Test func anOwnerOfNothingIsReleasedByNameOnly() {
    let owner = LockOwner()
    #expect(!owner.isReleased)
    #expect(!owner.isHold(of: "a", in: locks))
    owner.release()
    #expect(owner.isReleased)
    owner.release()
  }

  @Test func deferReleases() {
    struct Mishap: Error {}
    func work(fails: Bool) throws {
      let owner = LockOwner(locks.acquire("a"))
      defer { owner.release() }
      #expect(locks.isLocked("a"))
      if fails {
        throw Mishap()
      }
      #expect(locks.isLocked("a"))
    }
    #expect(throws: Never.self) { try work(fails: false) }
    #expect(locks.isEmpty)
    #expect(throws: Mishap.self) { try work(fails: true) }
    #expect(locks.isEmpty)
  }

  @Test func ownersAreStoredInADictionary() {
    var sessions: [Int: LockOwner] = [:]
    for id in 0..<100 {
      sessions[id] = LockOwner(locks.acquire("key \(id)"))
    }
    #expect(locks.count == 100)
    sessions[7] = nil
    #expect(locks.count == 99 && !locks.isLocked("key 7"))
    sessions[8]?.release()
    #expect(locks.count == 98 && sessions.count == 99)
    sessions[9] = LockOwner(locks.acquire("another"))
    #expect(!locks.isLocked("key 9") && locks.isLocked("another"))
    sessions = [:]
    #expect(locks.isEmpty)
  }

  @Test func ownersGoThroughAStream() async throws {
    let (stream, continuation) = AsyncStream<LockOwner>.makeStream()
    let consumer = Task {
      var count = 0
      for await owner in stream {
        count += 1
        owner.release()
      }
      return count
    }
    for round in 0..<100 {
      // Each key comes again, and so waits for the consumer.
      let held = try await locks.acquire("key \(round % 3)")
      continuation.yield(LockOwner(held))
    }
    continuation.finish()
    #expect(await consumer.value == 100)
    #expect(locks.isEmpty)
  }

  @Test func aStreamThatIsDroppedReleasesWhatItKept() async throws {
    do {
      let (stream, continuation) = AsyncStream<LockOwner>.makeStream()
      for id in 0..<3 {
        continuation.yield(LockOwner(try await locks.acquire("key \(id)")))
      }
      #expect(locks.count == 3)
      extendLifetime(stream)
    }
    #expect(locks.isEmpty)
  }

  @Test func anOwnerIsReleasedByAnotherTask() async throws {
    let owner = LockOwner(try await locks.acquire("a"))
    await Task { owner.release() }.value
    #expect(locks.isEmpty)
    let several = LockOwner(try await locks.acquire(all: ["a", "b"]))
    async let isHeld = Task.detached { [locks] in several.isHold(of: "b", in: locks) }.value
    #expect(await isHeld)
    await withTaskGroup { group in group.addTask { several.release() } }
    #expect(locks.isEmpty)
  }

  @Test func anOwnerIsReturnedFromATask() async throws {
    let task = Task { [locks] in LockOwner(try await locks.acquire("a")) }
    let owner = try await task.value
    #expect(owner.isHold(of: "a", in: locks))
    owner.release()
    #expect(locks.isEmpty)
  }

  //  main              waiter
  //  owns "a"
  //                    waits for "a"
  //  releases
  //                    holds, releases
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func aReleaseServesAWaiter(fairness: LockTableConfiguration.Fairness) {
    let locks = LockTable<String>(configuration: .init(fairness: fairness))
    let owner = LockOwner(locks.acquire("a"))
    let waiter = NativeThread { locks.acquire("a").release() }
    waiter.waitUntilAsleep()
    owner.release()
    waiter.join()
    #expect(locks.isEmpty)
  }

  @Test(arguments: [Kind.exclusive, .shared, .several]) func threadsReleaseAtOnce(kind: Kind) {
    for _ in 0..<Load.scaled(100) {
      let (owner, keys) = Self.owner(kind, of: locks)
      let start = Atomic(0)
      let threads = (0..<4).map { _ in
        NativeThread { [locks] in
          start.add(1, ordering: .acquiringAndReleasing)
          while start.load(ordering: .acquiring) < 4 {}
          // Of these calls too, one is during the release at times.
          for key in keys {
            _ = owner.isHold(of: key, in: locks)
          }
          owner.release()
          // Twice released, this would be taken from the next holder.
          locks.acquire(all: keys).release()
        }
      }
      for thread in threads {
        thread.join()
      }
      #expect(owner.isReleased)
      #expect(locks.isEmpty)
    }
  }

  /// The last reference of each owner ends in some thread or other.
  @Test func threadsDropTheLastReference() {
    for _ in 0..<Load.scaled(300) {
      var owner: LockOwner? = LockOwner(locks.acquire(all: ["a", "b"]))
      let parcels = (0..<3).map { _ in Parcel(owner) }
      owner = nil
      let threads = parcels.map { parcel in NativeThread { _ = parcel.take() } }
      for thread in threads {
        thread.join()
      }
      #expect(locks.isEmpty)
    }
  }

  @Test(arguments: Kind.allCases) func anOwnerMayOutliveItsTable(kind: Kind) {
    final class Weak { weak var table: LockTable<String>? }
    let weak = Weak()
    func acquireAndForget() -> LockOwner {
      let table = LockTable<String>()
      weak.table = table
      return Self.owner(kind, of: table).0
    }
    let owner = acquireAndForget()
    #expect(weak.table == nil)
    owner.release()
    #expect(owner.isReleased)
    // And with the last reference.
    _ = acquireAndForget()
  }

  @Test func aKeyComparedBySwiftEndsWithTheRelease() {
    let ends = Tally()
    let keys = LockTable<ScriptedKey>()
    let owner = LockOwner(keys.acquire(ScriptedKey(1, token: Token { ends.add() })))
    #expect(ends.count == 0)
    owner.release()
    #expect(ends.count == 1)
    #expect(keys.isEmpty)
  }

  @Test func aSnapshotShowsWhatAnOwnerHolds() throws {
    let watched = LockTable<String>(configuration: .init(diagnostics: .init()))
    let owner = LockOwner(watched.acquire("a"))
    let key = try #require(watched.snapshot().keys.first)
    #expect(key.holders.count == 1)
    owner.release()
    #expect(watched.snapshot().keys.isEmpty)
  }
}
