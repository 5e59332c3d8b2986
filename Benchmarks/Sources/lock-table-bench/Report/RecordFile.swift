import Foundation

/// What is wrong with a file, in a sentence.
struct FileFailure: Error, CustomStringConvertible {
  var description: String
}

/// What `--json` printed before, to be read again.
struct RecordFile {
  var records: [any Record] = []
  /// As they stood in the file.
  var lines: [String] = []

  /// - Parameter path: Of a file, or `-` for the standard input.
  init(path: String) throws {
    let decoder = JSONDecoder()
    for (number, line) in try Self.lines(path).enumerated() where !line.isEmpty {
      do {
        records.append(try decoder.decode(RecordLine.self, from: Data(line.utf8)).record)
        lines.append(line)
      } catch let error as DecodingError {
        throw FileFailure(description: "\(path), line \(number + 1): \(error.sentence)")
      }
    }
    guard !records.isEmpty else {
      throw FileFailure(
        description: "\(path) is empty. What a subcommand prints with '--json' belongs into it.")
    }
  }

  private static func lines(_ path: String) throws -> [String] {
    do {
      // Not as a file's contents, since it may be a pipe.
      let file = try path == "-" ? .standardInput : FileHandle(forReadingFrom: URL(filePath: path))
      return String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
        .split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.map(String.init)
    } catch {
      throw FileFailure(description: "\(path) can't be read: \(error.localizedDescription)")
    }
  }
}

extension DecodingError {
  /// What is wrong with a line, for a reader who does not know how it is decoded.
  fileprivate var sentence: String {
    switch self {
    case .keyNotFound(let key, _): "this is a record without \"\(key.stringValue)\"."
    case .dataCorrupted(let context) where context.codingPath.last?.stringValue == "kind":
      context.debugDescription + "."
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\"\(context.codingPath.map(\.stringValue).joined(separator: "."))\" has another type here."
    case .dataCorrupted: "this is not a line of JSON."
    @unknown default: "this can't be read."
    }
  }
}
