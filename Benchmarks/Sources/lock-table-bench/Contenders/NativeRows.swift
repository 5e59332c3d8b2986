/// Contenders in C++. Each is behind one call of C to lock and one to unlock, as LockTable's core is.
enum NativeRows {
  static let howToBuild = """
    This build has no rows of C++: install libabsl-dev, libtbb-dev and librocksdb-dev, and run 'swift run \
    -c release --package-path Benchmarks --traits Native lock-table-bench compare --with-native'. With one \
    of the three the trait is Abseil, TBB or RocksDB.
    """
}

#if Abseil || TBB || RocksDB
  import CNativeLocks

  extension NativeRows { static let areBuilt = true }

  extension Workload {
    /// For threads that lock int or string keys, each for itself.
    func nativeRows(_ scenario: Scenario) -> [Row] {
      guard scenario.waiters == .threads, !scenario.isShared, scenario.keyType != .uuid else {
        return []
      }
      return NativeLabel.all.map { label in
        row(
          label.name, label.role, note: label.note, holdsManyKeys: label.isMeasuredInBytes
        ) { NativeTable<Key>(scenario.keyType == .int ? label.ints : label.strings) }
      }
    }
  }

  private struct NativeLabel: @unchecked Sendable {
    // Sound to share: these are constants of C++.
    let ints: native_locks
    let strings: native_locks
    let name: String
    let role: Role
    let note: String
    /// Not what has an allocator of its own beside the C library's.
    var isMeasuredInBytes = true

    static var all: [Self] {
      var all = [
        Self(
          ints: native_pool_of_ints, strings: native_pool_of_strings,
          name: "C++: pool of std::mutex, 64 stripes", role: .exact,
          note: "no form for tasks, no readers, no deadlines; its memory never shrinks")
      ]
      #if Abseil
        all.append(
          Self(
            ints: native_abseil_of_ints, strings: native_abseil_of_strings,
            name: "C++: flat_hash_maps, 1024 stripes", role: .exact,
            note: "absl::flat_hash_map and std::mutex; otherwise as the pool"))
      #endif
      #if TBB
        all += [
          Self(
            ints: native_tbb_of_ints, strings: native_tbb_of_strings,
            name: "C++: oneTBB accessor, kept", role: .lesser,
            note:
              "keeps every key it has ever seen; a waiter spins and yields, however long that takes; "
              + "no form for tasks, no deadlines",
            isMeasuredInBytes: false),
          Self(
            ints: native_erasing_tbb_of_ints, strings: native_erasing_tbb_of_strings,
            name: "C++: oneTBB accessor, erased", role: .exact,
            note:
              "a waiter spins and yields, however long that takes; no form for tasks, no deadlines",
            isMeasuredInBytes: false),
        ]
      #endif
      #if RocksDB
        all.append(
          Self(
            ints: native_rocksdb, strings: native_rocksdb,
            name: "C++: RocksDB lock manager", role: .exact,
            note:
              "GetForUpdate and UndoGetForUpdate in a transaction of the thread's, without validation or a "
              + "value; a thread has a key any number of times; no form for tasks"))
      #endif
      return all
    }
  }

  private final class NativeTable<Key: BenchKey>: Contender, @unchecked Sendable {
    // Sound to share: a table's functions may be called by any thread.
    private let locks: native_locks
    private let table: UnsafeMutableRawPointer

    init(_ locks: native_locks) {
      self.locks = locks
      table = locks.create()
    }

    deinit { locks.destroy(table) }

    @inline(__always)
    func run(_ key: Key, _ body: () -> Void) {
      var hold = native_hold()
      // Sound: neither the hold nor the key's bytes move until the key is unlocked.
      withUnsafeMutablePointer(to: &hold) { hold in
        key.withBytes { bytes in
          locks.lock(table, bytes.baseAddress, bytes.count, hold)
          body()
          locks.unlock(table, hold)
        }
      }
    }
  }
#else
  extension NativeRows { static let areBuilt = false }

  extension Workload {
    func nativeRows(_ scenario: Scenario) -> [Row] { [] }
  }
#endif
