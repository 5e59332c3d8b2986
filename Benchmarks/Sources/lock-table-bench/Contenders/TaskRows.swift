import LockTable

extension Row {
  /// All rows of a scenario with so many tasks.
  static func all(tasks: Int) -> [Row] {
    let adaptive = Row("LockTable", .lockTable, tasks: { Table(fairness: .adaptive) })
    let fifo = Row(
      "LockTable, .fifo", .lockTable, note: RowNote.strictOrder, tasks: { Table(fairness: .fifo) })
    let blocking = Row(
      "LockTable, blocking form", .lesser, note: "from a synchronous function that the task calls",
      tasks: { Blocking(Table(fairness: .adaptive)) })
    return (tasks == 1 ? [adaptive, blocking] : [adaptive, fifo]) + asyncPeers + references
  }

  /// All rows of a scenario with threads and tasks. There is nothing else to compare it with: one
  /// would have to block the pool's threads.
  static var mixed: [Row] {
    [
      Row("LockTable", .lockTable, mixed: { Table(fairness: .adaptive) }),
      Row(
        "LockTable, .fifo", .lockTable, note: RowNote.strictOrder,
        mixed: { Table(fairness: .fifo) }),
      Row(
        RowNote.yardstickName, .yardstick, note: RowNote.yardstick,
        mixed: { OnePthreadMutex<Key>() }),
      Row(RowNote.loopName, .loop, note: RowNote.loop, mixed: { NoLock<Key>() }),
    ]
  }

  private typealias Table = LockTableContender<Key>

  private static var asyncPeers: [Row] {
    [
      Row(
        "actor of continuations", .exact,
        note: "a dictionary of those who wait; the last one removes the key",
        tasks: { ActorContender<Key>() }),
      Row(
        "refcounted semaphores", .exact,
        note: "a Mutex over semaphores for tasks that count their users",
        tasks: { SemaphoreDictionary<Key>() }),
      Row(
        "refcounted semaphores, \(stripeCount) stripes", .exact,
        tasks: { StripedSemaphoreDictionary<Key>() }),
    ]
  }

  private static var references: [Row] {
    [
      Row(
        RowNote.yardstickName, .yardstick, note: RowNote.yardstick,
        tasks: { OnePthreadMutex<Key>() }),
      Row(RowNote.loopName, .loop, note: RowNote.loop, tasks: { NoLock<Key>() }),
    ]
  }
}

/// What several rows have in common to say.
enum RowNote {
  static let strictOrder = "strict arrival order"
  static let yardstickName = "one pthread_mutex, no keys"
  static let readWriteName = "one pthread_rwlock, no keys"
  static let exclusiveName = "LockTable, exclusive only"
  static let exclusive = "readers hold the key alone, too: what sharing is compared with"
  static let yardstick = "does not even look at the key; blocks a thread, be it the pool's"
  static let loopName = "no lock: the loop itself"
  static let loop =
    "several threads that write have to show violations, or the check would see nothing"
}
