import LockTable

extension LockTable {
  /// A table for tests that decide themselves when a waiter that was woken runs: on a busy machine a
  /// thread or a stepped executor may take longer than the bound after which the next is woken.
  static func unmonitored(
    _ configuration: LockTableConfiguration = LockTableConfiguration()
  ) -> LockTable {
    LockTable(configuration: configuration, seed: (0, 0), isMonitored: false)
  }
}
