#if TBB || RocksDB
  import CNativeLocks
#endif

/// Contenders in C++. Each is behind one call of C to lock and one to unlock, as LockTable's core is.
enum NativeRows {
  static let howToBuild = """
    This build has no rows of C++: install libtbb-dev and librocksdb-dev, and run 'swift run -c release \
    --package-path Benchmarks --traits Native lock-table-bench compare --with-native'. With one of the two \
    the trait is TBB, or RocksDB.
    """

  /// For threads that lock int or string keys, each for itself.
  static func rows<Key: BenchKey>(_ scenario: Scenario) -> [Row<Key>] {
    guard scenario.waiters == .threads, !scenario.isShared else { return [] }
    // One of the two is of the type that is asked for, or neither.
    return ints as? [Row<Key>] ?? strings as? [Row<Key>] ?? []
  }
}

#if TBB || RocksDB
  extension NativeRows {
    static let areBuilt = true

    private static var ints: [Row<Int>] {
      var rows: [Row<Int>] = [row(pool) { native_pool_of_ints }]
      #if TBB
        rows += [row(tbb) { native_tbb_of_ints }, row(erasingTBB) { native_erasing_tbb_of_ints }]
      #endif
      #if RocksDB
        rows.append(row(rocksDB) { native_rocksdb })
      #endif
      return rows
    }

    private static var strings: [Row<String>] {
      var rows: [Row<String>] = [row(pool) { native_pool_of_strings }]
      #if TBB
        rows += [
          row(tbb) { native_tbb_of_strings }, row(erasingTBB) { native_erasing_tbb_of_strings },
        ]
      #endif
      #if RocksDB
        rows.append(row(rocksDB) { native_rocksdb })
      #endif
      return rows
    }

    private static func row<Key: ByteKey>(
      _ label: Label, _ locks: @escaping @Sendable () -> native_locks
    ) -> Row<Key> {
      Row(
        label.name, label.role, note: label.note, holdsManyKeys: label.isMeasuredInBytes,
        make: { NativeTable(locks()) })
    }

    private struct Label {
      let name: String
      let role: Role
      let note: String
      /// Not what has an allocator of its own beside the C library's.
      var isMeasuredInBytes = true
    }

    private static let pool = Label(
      name: "C++: pool of std::mutex, 64 stripes", role: .exact,
      note: "no form for tasks, no readers, no deadlines; its memory never shrinks")
    private static let tbb = Label(
      name: "C++: oneTBB accessor, kept", role: .lesser,
      note:
        "keeps every key it has ever seen; who waits spins and yields, however long that takes; "
        + "no form for tasks, no deadlines",
      isMeasuredInBytes: false)
    private static let erasingTBB = Label(
      name: "C++: oneTBB accessor, erased", role: .exact,
      note: "who waits spins and yields, however long that takes; no form for tasks, no deadlines",
      isMeasuredInBytes: false)
    private static let rocksDB = Label(
      name: "C++: RocksDB lock manager", role: .exact,
      note:
        "GetForUpdate and UndoGetForUpdate in a transaction of the thread's, without validation or a "
        + "value; a thread has a key any number of times; no form for tasks")
  }

  private final class NativeTable<Key: ByteKey>: Contender, @unchecked Sendable {
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

  /// A type of keys whose bytes C++ can have.
  private protocol ByteKey: BenchKey {
    func withBytes(_ body: (UnsafeRawBufferPointer) -> Void)
  }

  extension Int: ByteKey {
    @inline(__always)
    fileprivate func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
      withUnsafeBytes(of: self, body)
    }
  }

  extension String: ByteKey {
    /// The bytes of UTF-8, where they are: a `String` of Swift's own has them in one piece.
    @inline(__always)
    fileprivate func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
      if utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) == nil {
        Array(utf8).withUnsafeBytes(body)
      }
    }
  }
#else
  extension NativeRows {
    static let areBuilt = false
    private static var ints: [Row<Int>] { [] }
    private static var strings: [Row<String>] { [] }
  }
#endif
