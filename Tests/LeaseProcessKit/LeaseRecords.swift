package import Foundation
package import LockTableLeasesTesting

/// What several processes have written down, put together.
package struct LeaseRecords: Sendable {
  private let records: [LeaseRecord]

  /// Reads the files of a folder.
  package init(_ folder: URL) throws {
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    self.init(
      try files.flatMap { file in
        try contents(ofFile: file.path).split(separator: "\n")
          .compactMap { LeaseRecord($0) }
      })
  }

  package init(_ records: [LeaseRecord]) {
    self.records = records.sorted { $0.time < $1.time }
  }

  package func count(_ kind: LeaseRecord.Kind) -> Int { records.count { $0.kind == kind } }

  /// The records as a history. The writes have the order that the resource gave them.
  private var entries: [LeaseHistory.Entry] {
    let writes = records.filter { $0.kind == .accepted }.sorted { $0.other < $1.other }
    let others = records.filter { $0.kind != .accepted }
    return (others + writes).compactMap { record in
      let kind: LeaseHistory.Entry.Kind
      switch record.kind {
      case .began: kind = .began
      case .ended: kind = .ended
      case .accepted: kind = .accepted
      case .rejected: kind = .rejected
      case .kept, .lost: return nil
      }
      return LeaseHistory.Entry(
        kind, key: record.key, token: record.token, time: .nanoseconds(record.time),
        askedAt: kind == .began ? .nanoseconds(record.other) : nil)
    }
  }

  /// What must not have happened, as sentences:
  ///
  /// - what ``LeaseHistory/check(_:)`` finds;
  /// - a write that the resource rejected, of a call that returned normally;
  /// - two valid holds at a time. A hold is valid until its holder ends it, or until it has to be
  ///   renewed; for that, no holder has to run.
  package var violations: [String] {
    var violations = LeaseHistory.check(entries)
    for (key, records) in Dictionary(grouping: records, by: \.key).sorted(by: { $0.key < $1.key }) {
      let kept = Set(records.filter { $0.kind == .kept }.map(\.token))
      for record in records where record.kind == .rejected && kept.contains(record.token) {
        violations.append(
          "\(key): a write with the token \(record.token) was rejected, although its call returned")
      }
      violations += checkValidity(records, of: key)
    }
    return violations
  }

  private func checkValidity(_ records: [LeaseRecord], of key: String) -> [String] {
    let kept = Set(records.filter { $0.kind == .kept }.map(\.token))
    var began: [Int64: Int64] = [:]
    var holds: [(token: Int64, from: Int64, to: Int64)] = []
    for record in records {
      if record.kind == .began { began[record.token] = record.time }
      guard record.kind == .ended, let from = began[record.token] else { continue }
      let to = kept.contains(record.token) ? record.time : min(record.time, record.other)
      if from < to { holds.append((record.token, from, to)) }
    }
    holds.sort { $0.from < $1.from }
    var violations: [String] = []
    var last = holds.first
    for hold in holds.dropFirst() {
      guard let before = last else { break }
      if hold.from < before.to {
        violations.append(
          """
          \(key): the holds with the tokens \(before.token) and \(hold.token) were valid at one \
          time, for \(min(before.to, hold.to) - hold.from) ns
          """)
      }
      if hold.to > before.to { last = hold }
    }
    return violations
  }

  /// Where two holders believed in their leases at one time: allowed. Killed holders believe
  /// nothing.
  package var overlaps: [LeaseOverlap] {
    let ended = Set(records.filter { $0.kind == .ended }.map(\.token))
    return LeaseHistory.overlaps(
      in: entries.filter { $0.kind != .began || ended.contains($0.token) })
  }

  /// The numbers, on one line.
  package var summary: String {
    let longest = overlaps.map(\.duration).max() ?? .zero
    return """
      \(count(.began)) holds, of which \(count(.kept)) were kept and \(count(.lost)) lost; \
      \(count(.accepted)) writes accepted and \(count(.rejected)) rejected; \
      \(overlaps.count) overlaps, of \(longest) at most
      """
  }
}

/// The text of a file. (Foundation's own reading leaks a page of some files.)
package func contents(ofFile path: String) throws -> String {
  guard let file = fopen(path, "r") else { throw CocoaError(.fileReadUnknown) }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var page = [UInt8](repeating: 0, count: 4096)
  while true {
    let count = fread(&page, 1, page.count, file)
    if count == 0 { return String(decoding: bytes, as: UTF8.self) }
    bytes += page.prefix(count)
  }
}
