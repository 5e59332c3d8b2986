// The rows of `compare`.

/// The finished figures of one row.
struct RowRecord: RecordShape {
  static let kind = "row"

  var scenario: Scenario
  var effort: Effort
  var machine: MachineClass
  var subject: Subject
  var operationsPerSecond: Double
  /// Wall-clock time divided by the operations of all threads.
  var nanosecondsPerOperation: Spread
  var timesRMWPair: Double
  /// Time divided by the yardstick's: one pthread_mutex, or one pthread_rwlock where there are readers.
  var timeToPthread: Ratio?
  /// Time divided by that of the fastest row that gives the same as the table.
  var timeToBestExact: Ratio?
  /// As `timeToPthread`, after the loop's own time was taken off both. Only with one thread: the
  /// loop without a lock says nothing of how several threads slow each other down.
  var timeToPthreadWithoutLoop: Ratio?
  /// To acquire, of one acquisition in seven.
  var latency: Percentiles
  /// How long unrelated tasks took to start meanwhile. Only where there are tasks.
  var taskStart: Percentiles?
  /// The operations of the slowest thread as a part of those of the fastest. Only with several.
  var evenness: Spread?
}

/// One path through LockTable, beside what it is to be compared with.
struct PathRecord: RecordShape {
  static let kind = "path"

  var path: String
  var keyType: KeyType
  var nanoseconds: Double
  var reference: String
  var referenceNanoseconds: Double
  var timesRMWPair: Double?
  var ratio: Ratio?
  /// What the ratio should not exceed.
  var target: Double?
}

/// What the single paths allocate.
struct AllocationRecord: RecordShape {
  static let kind = "allocation"

  var operations: Int
  /// What the C library's allocator gave out, and did not get back, over the acquisitions by tasks.
  var bytes: Int?
  /// Of the acquisitions of the hand-overs, the least part that had to wait.
  var contended: Double
}

/// The memory of one row, for one type of keys.
struct MemoryRecord: RecordShape {
  static let kind = "memory"

  var name: String
  var role: Role
  var keyType: KeyType
  var heldKeys: Int
  /// Nil where the C library can't tell.
  var bytes: MemoryUse?
}
