import LockTable

// Where some acquisitions are shared. The yardstick is a read-write lock there.

extension Row {
  private typealias Table = LockTableContender<Key>
  private typealias Exclusive = ExclusiveLockTableContender<Key>

  /// All rows of a scenario with so many threads.
  static func shared(threads: Int) -> [Row] {
    let adaptive = Row("LockTable", .lockTable, make: { Table(fairness: .adaptive) })
    let fifo = Row(
      "LockTable, .fifo", .lockTable, note: RowNote.strictOrder, make: { Table(fairness: .fifo) })
    let rest = [
      Row(
        RowNote.exclusiveName, .lockTable, note: RowNote.exclusive, make: { Exclusive() }),
      Row(
        "refcounted rwlock, \(stripeCount) stripes", .exact,
        note: "dictionaries of pthread_rwlocks that count their users",
        make: { StripedReadWriteDictionary<Key>() }),
      Row(
        RowNote.readWriteName, .yardstick, note: RowNote.yardstick, holdsManyKeys: false,
        make: { OneReadWriteLock<Key>() }),
    ]
    let last = [
      Row(
        RowNote.yardstickName, .lesser, holdsManyKeys: false,
        make: { OnePthreadMutex<Key>() }),
      Row(
        RowNote.loopName, .loop, note: RowNote.loop, holdsManyKeys: false,
        make: { NoLock<Key>() }),
    ]
    return (threads == 1 ? [adaptive] : [adaptive, fifo]) + rest + writersFirst + last
  }

  private static var writersFirst: [Row] {
    guard PthreadReadWriteLock.hasWritersFirst else { return [] }
    return [
      Row(
        "one pthread_rwlock, writers first", .lesser,
        note: "lets no reader in while a writer waits; a reader may not read again inside",
        holdsManyKeys: false,
        make: { OneReadWriteLock<Key>(writersFirst: true) })
    ]
  }

  /// All rows of a scenario with so many tasks.
  static func shared(tasks: Int) -> [Row] {
    let adaptive = Row("LockTable", .lockTable, tasks: { Table(fairness: .adaptive) })
    let fifo = Row(
      "LockTable, .fifo", .lockTable, note: RowNote.strictOrder, tasks: { Table(fairness: .fifo) })
    let rest = [
      Row(RowNote.exclusiveName, .lockTable, note: RowNote.exclusive, tasks: { Exclusive() }),
      Row(
        "refcounted semaphores, \(stripeCount) stripes", .lesser,
        note: "has no readers: every holder is alone",
        tasks: { StripedSemaphoreDictionary<Key>() }),
      Row(
        RowNote.readWriteName, .yardstick, note: RowNote.yardstick,
        tasks: { OneReadWriteLock<Key>() }),
      Row(RowNote.loopName, .loop, note: RowNote.loop, tasks: { NoLock<Key>() }),
    ]
    return (tasks == 1 ? [adaptive] : [adaptive, fifo]) + rest
  }

  /// All rows of a scenario with threads and tasks.
  static var sharedMixed: [Row] {
    [
      Row("LockTable", .lockTable, mixed: { Table(fairness: .adaptive) }),
      Row(
        "LockTable, .fifo", .lockTable, note: RowNote.strictOrder,
        mixed: { Table(fairness: .fifo) }),
      Row(RowNote.exclusiveName, .lockTable, note: RowNote.exclusive, mixed: { Exclusive() }),
      Row(
        RowNote.readWriteName, .yardstick, note: RowNote.yardstick,
        mixed: { OneReadWriteLock<Key>() }),
      Row(RowNote.loopName, .loop, note: RowNote.loop, mixed: { NoLock<Key>() }),
    ]
  }
}
