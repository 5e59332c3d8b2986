// The table of `churn`.

extension [ChurnRecord] {
  var text: String {
    guard let first else { return "" }
    var table = TextTable(
      header: [
        "", "ns/op", "÷ LockTable", "× RMW", "keys used", "allocations/op", "left per key",
        "per held key", "resident before", "after", "peak", "violations",
      ])
    for row in self {
      table.add([
        row.subject.title, decimal(row.nanosecondsPerOperation.median, 1),
        row.ratioToLockTable.cell, decimal(row.timesRMWPair, 1), grouped(row.operations),
        decimal(row.allocationsPerOperation, 3), bytes(row.bytesLeftPerKey),
        bytes(row.bytesPerHeldKey), mebibytes(row.residentBytesBefore),
        mebibytes(row.residentBytesAfter), mebibytes(row.residentBytesPeak),
        grouped(row.subject.violations),
      ])
    }
    return """

      \(first.threads == 1 ? "1 thread" : "\(first.threads) threads"), \(first.keyType) keys, each used \
      once; ns/op of one thread

      \(table.text)\(remarks(on: map(\.ratioToLockTable)))
      """
  }

  private func bytes(_ value: Double?) -> String {
    value.map { decimal($0, 1) + " B" } ?? "-"
  }

  private func mebibytes(_ value: Int?) -> String {
    value.map { grouped($0 / (1 << 20)) + " MiB" } ?? "-"
  }
}
