import Foundation

/// The keys of a file, in its order: only its distinct keys, and four bytes a line, are kept.
struct KeyFile {
  private(set) var keys: [String] = []
  /// For each line that has a key, its position in `keys`.
  private(set) var lines: [Int32] = []
  /// Lines without a key: empty ones.
  private(set) var skipped = 0

  /// Which part of a line is the key.
  struct Column: Sendable {
    /// Counted from 1.
    var number: Int
    /// Nil for any amount of spaces and tabs.
    var separator: Character?
  }

  init(path: String, column: Column? = nil) throws {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      throw FileFailure(description: "\(path) can't be read: \(error.localizedDescription)")
    }
    var positions: [String: Int32] = [:]
    var start = data.startIndex
    while start < data.endIndex {
      let end = data[start...].firstIndex(of: UInt8(ascii: "\n")) ?? data.endIndex
      // A carriage return at the end of a line is no part of it.
      let isReturned = start < end && data[end - 1] == UInt8(ascii: "\r")
      let bytes = data[start..<(isReturned ? end - 1 : end)]
      start = end + 1
      guard !bytes.isEmpty else {
        skipped += 1
        continue
      }
      let key = try Self.key(of: bytes, column, path, number: lines.count + skipped + 1)
      let position = positions[key] ?? Int32(keys.count)
      lines.append(position)
      guard position == keys.count else { continue }
      positions[key] = position
      keys.append(key)
    }
    guard !lines.isEmpty else {
      let reason = skipped == 0 ? "it is empty" : "every line is empty"
      throw FileFailure(description: "\(path) has no keys: \(reason).")
    }
  }

  private static func key(
    of bytes: Data, _ column: Column?, _ path: String, number: Int
  ) throws -> String {
    guard let line = String(bytes: bytes, encoding: .utf8) else {
      throw FileFailure(description: "Line \(number) of \(path) is not UTF-8.")
    }
    guard let column else { return line }
    let fields =
      column.separator.map { line.split(separator: $0, omittingEmptySubsequences: false) }
      ?? line.split { $0 == " " || $0 == "\t" }
    guard column.number <= fields.count else {
      let separator = column.separator.map { "'\($0)'" } ?? "spaces or tabs"
      throw FileFailure(
        description: "Line \(number) of \(path) has no column \(column.number): "
          + "it has \(fields.count), separated by \(separator).")
    }
    return String(fields[column.number - 1])
  }

  /// Dealt to the threads line by line, as a queue of requests would be: lines that stand close together
  /// are acquired at about the same time.
  func order(threads: Int) -> KeyOrder<String> {
    var orders = [[Int32]](repeating: [], count: threads)
    for (number, position) in lines.enumerated() { orders[number % threads].append(position) }
    return KeyOrder(keys: keys, orders: orders)
  }

  var counts: [Int] {
    lines.reduce(into: [Int](repeating: 0, count: keys.count)) { $0[Int($1)] += 1 }
  }
}
