import Foundation

/// A process that answers each line that it is sent with a line, and ends when there are no more.
final class Child {
  private let process = Process()
  private let (questions, answers) = (Pipe(), Pipe())
  private var unread = Data()

  /// This program, run once more.
  static var ownExecutable: URL? { Bundle.main.executableURL }

  init(_ executable: URL, _ arguments: [String]) throws {
    process.executableURL = executable
    process.arguments = arguments
    process.standardInput = questions
    process.standardOutput = answers
    try process.run()
  }

  /// The answer to an empty line; nil if the process has ended.
  ///
  /// Not after it was nil: the system ends a process that writes to one that no longer reads.
  func ask() -> String? {
    try? questions.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
    while true {
      if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
        defer { unread = Data(unread[(end + 1)...]) }
        return String(decoding: unread[..<end], as: UTF8.self)
      }
      let more = answers.fileHandleForReading.availableData
      if more.isEmpty { return nil }
      unread += more
    }
  }

  /// Waits until the process has ended.
  func end() {
    try? questions.fileHandleForWriting.close()
    process.waitUntilExit()
  }
}
