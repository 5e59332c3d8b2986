#if TBB || RocksDB
  import CNativePool

  final class PoolIntTable: NativeTable, @unchecked Sendable {
    typealias Key = Int

    // Sound to share: the table's functions may be called by any thread.
    private let table = pool_int_create()

    deinit {
      pool_int_destroy(table)
    }

    @inline(__always)
    func run(_ key: Int, _ body: () -> Void) {
      let entry = pool_int_lock(table, Int64(key))
      body()
      pool_int_unlock(table, entry)
    }
  }

  final class PoolStringTable: NativeTable, @unchecked Sendable {
    typealias Key = String

    // Sound to share: the table's functions may be called by any thread.
    private let table = pool_string_create()

    deinit {
      pool_string_destroy(table)
    }

    @inline(__always)
    func run(_ key: String, _ body: () -> Void) {
      let entry = key.withNativeBytes { pool_string_lock(table, $0.baseAddress, $0.count) }
      body()
      pool_string_unlock(table, entry)
    }
  }
#endif
