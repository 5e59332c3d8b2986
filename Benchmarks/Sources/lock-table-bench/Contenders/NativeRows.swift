/// Contenders in C++. Each is behind one call of C to lock and one to unlock, as LockTable's core is.
enum NativeRows {
  static var areBuilt: Bool {
    #if TBB || RocksDB
      true
    #else
      false
    #endif
  }

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
    private static var ints: [Row<Int>] {
      var rows = [row(.pool, PoolIntTable.self)]
      #if TBB
        rows += [row(.tbbKept, TBBIntTable<Kept>.self), row(.tbbErased, TBBIntTable<Erased>.self)]
      #endif
      #if RocksDB
        rows.append(row(.rocksDB, RocksDBTable<Int>.self))
      #endif
      return rows
    }

    private static var strings: [Row<String>] {
      var rows = [row(.pool, PoolStringTable.self)]
      #if TBB
        rows += [
          row(.tbbKept, TBBStringTable<Kept>.self), row(.tbbErased, TBBStringTable<Erased>.self),
        ]
      #endif
      #if RocksDB
        rows.append(row(.rocksDB, RocksDBTable<String>.self))
      #endif
      return rows
    }

    private static func row<Table: NativeTable>(
      _ label: Label, _ table: Table.Type
    ) -> Row<Table.Key> {
      Row(
        label.name, label.role, note: label.note, holdsManyKeys: label.isMeasuredInBytes,
        make: { Table() })
    }
  }

  /// A table of locks in C++.
  protocol NativeTable: Contender {
    init()
  }

  /// What a row says of itself.
  private struct Label {
    let name: String
    let role: Role
    let note: String
    /// Not what has an allocator of its own beside the C library's.
    var isMeasuredInBytes = true

    static let pool = Label(
      name: "C++: pool of std::mutex, 64 stripes", role: .exact,
      note: "no form for tasks, no readers, no deadlines; its memory never shrinks")
    static let tbbKept = Label(
      name: "C++: oneTBB accessor, kept", role: .lesser,
      note:
        "keeps every key it has ever seen; who waits spins and yields, however long that takes; "
        + "no form for tasks, no deadlines",
      isMeasuredInBytes: false)
    static let tbbErased = Label(
      name: "C++: oneTBB accessor, erased", role: .exact,
      note: "who waits spins and yields, however long that takes; no form for tasks, no deadlines",
      isMeasuredInBytes: false)
    static let rocksDB = Label(
      name: "C++: RocksDB lock manager", role: .exact,
      note:
        "GetForUpdate and UndoGetForUpdate in a transaction of the thread's, without validation or a "
        + "value; a thread has a key any number of times; no form for tasks")
  }
#else
  extension NativeRows {
    private static var ints: [Row<Int>] { [] }
    private static var strings: [Row<String>] { [] }
  }
#endif
