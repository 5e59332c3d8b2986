#if RocksDB
  import CNativeRocksDB

  /// A type of keys whose bytes RocksDB can have.
  protocol ByteKey: BenchKey {
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result
  }

  extension Int: ByteKey {
    @inline(__always)
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
      withUnsafeBytes(of: self, body)
    }
  }

  extension String: ByteKey {
    @inline(__always)
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
      withNativeBytes { body(UnsafeRawBufferPointer($0)) }
    }
  }

  final class RocksDBTable<Key: ByteKey>: NativeTable, @unchecked Sendable {
    // Sound to share: the table's functions may be called by any thread.
    private let table = rocksdb_table_create()

    deinit {
      rocksdb_table_destroy(table)
    }

    @inline(__always)
    func run(_ key: Key, _ body: () -> Void) {
      key.withBytes { bytes in
        let transaction = rocksdb_table_lock(table, bytes.baseAddress, bytes.count)
        body()
        rocksdb_table_unlock(transaction, bytes.baseAddress, bytes.count)
      }
    }
  }
#endif
