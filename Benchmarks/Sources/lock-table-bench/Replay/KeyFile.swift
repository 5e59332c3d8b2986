import Foundation

/// The keys of a file, in its order: only its distinct keys, and four bytes a line, are kept.
struct KeyFile {
  let path: String
  private(set) var keys: [String] = []
  /// For each line that has a key, its position in `keys`.
  private(set) var lines: [Int32] = []
  /// Lines without a key: empty ones.
  private(set) var skipped = 0

  private let column: Column?
  private var positions: [String: Int32] = [:]
  private var lineNumber = 0

  /// Which part of a line is the key.
  struct Column: Sendable {
    /// Counted from 1.
    var number: Int
    /// Nil for any amount of spaces and tabs.
    var separator: Character?
  }

  init(path: String, column: Column? = nil) throws {
    self.path = path
    self.column = column
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      throw FileFailure(description: "\(path) can't be read: \(error.localizedDescription)")
    }
    var start = data.startIndex
    while start < data.endIndex {
      let end = data[start...].firstIndex(of: UInt8(ascii: "\n")) ?? data.endIndex
      try addLine(data[start..<end])
      start = min(end + 1, data.endIndex)
    }
    positions = [:]
    guard !lines.isEmpty else {
      let reason = lineNumber == 0 ? "it is empty" : "every line is empty"
      throw FileFailure(description: "\(path) has no keys: \(reason).")
    }
  }

  private mutating func addLine(_ bytes: Data) throws {
    lineNumber += 1
    // A carriage return at the end of a line is no part of it.
    let bytes = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes
    guard !bytes.isEmpty else {
      skipped += 1
      return
    }
    guard let line = String(bytes: bytes, encoding: .utf8) else {
      throw FileFailure(description: "Line \(lineNumber) of \(path) is not UTF-8.")
    }
    add(try key(of: line))
  }

  private func key(of line: String) throws -> String {
    guard let column else { return line }
    let fields =
      if let separator = column.separator {
        line.split(separator: separator, omittingEmptySubsequences: false)
      } else {
        line.split(whereSeparator: { $0 == " " || $0 == "\t" })
      }
    guard column.number <= fields.count else {
      throw FileFailure(
        description: """
          Line \(lineNumber) of \(path) has no column \(column.number): it has \(fields.count), \
          separated by \(column.separator.map { "'\($0)'" } ?? "spaces or tabs").
          """)
    }
    return String(fields[column.number - 1])
  }

  private mutating func add(_ key: String) {
    let position = positions[key] ?? Int32(keys.count)
    lines.append(position)
    guard position == keys.count else { return }
    positions[key] = position
    keys.append(key)
  }
}

extension KeyFile {
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
