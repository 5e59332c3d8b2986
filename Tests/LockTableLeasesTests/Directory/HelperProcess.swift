import Foundation
import LockTable

/// A process of `Tests/LeaseProcesses`. It is killed when nothing refers to it any more.
final class HelperProcess: Sendable {
  private static let program = Bundle.main.executableURL?
    .deletingLastPathComponent().appendingPathComponent("LeaseProcesses")

  static var isAvailable: Bool {
    program.map { FileManager.default.isExecutableFile(atPath: $0.path) } ?? false
  }

  /// Whether this process may mount file systems.
  static let canMount: Bool = {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "unshare --mount mount -t tmpfs none /mnt 2>/dev/null"]
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  let number: Int32
  private let input = Pipe()
  private let state: State

  /// What the process has told. Its handlers keep this, and not the process.
  private final class State: Sendable {
    let output = Guarded("")
    let status = Guarded<Int32?>(nil)
  }

  convenience init(_ arguments: [String]) throws {
    try self.init(program: Self.program, arguments)
  }

  /// The process after shell commands that mount what only it sees, and what ends with it.
  convenience init(after preparation: String, _ arguments: [String]) throws {
    let shell = URL(fileURLWithPath: "/bin/sh")
    let script =
      "exec unshare --mount --propagation private sh -c '\(preparation) && exec \"$@\"' sh \"$@\""
    try self.init(
      program: shell, ["-c", script, "sh", Self.program?.path ?? ""] + arguments)
  }

  private init(program: URL?, _ arguments: [String]) throws {
    let (process, output, state) = (Process(), Pipe(), State())
    process.executableURL = program
    process.arguments = arguments
    process.standardInput = input
    process.standardOutput = output
    output.fileHandleForReading.readabilityHandler = { file in
      let data = file.availableData
      if data.isEmpty { file.readabilityHandler = nil }
      state.output.withValue { $0 += String(decoding: data, as: UTF8.self) }
    }
    process.terminationHandler = { process in
      state.status.withValue { $0 = process.terminationStatus }
    }
    try process.run()
    self.state = state
    number = process.processIdentifier
  }

  deinit {
    if state.status.withValue({ $0 }) == nil { kill(number, SIGKILL) }
  }

  func send(_ signal: Int32) {
    kill(number, signal)
  }

  /// Lets a process that holds a key release it.
  func sayGo() {
    input.fileHandleForWriting.write(Data("\n".utf8))
  }

  /// Waits for the next line that the process writes.
  func line() async throws -> String {
    while true {
      let line = state.output.withValue { output in
        output.firstIndex(of: "\n").map { end in
          defer { output.removeSubrange(...end) }
          return String(output[..<end])
        }
      }
      if let line { return line }
      try await Task.sleep(for: .milliseconds(1))
    }
  }

  /// Waits until the process holds its key, and returns the token.
  func token() async throws -> Int64? {
    while true {
      let line = try await line()
      if line.hasPrefix("granted ") { return Int64(line.dropFirst("granted ".count)) }
    }
  }

  /// Waits for the end of the process. Returns its exit code, or the number of the signal.
  @discardableResult
  func end() async -> Int32 {
    while true {
      if let status = state.status.withValue({ $0 }) {
        let output = state.output.withValue { $0 }
        if !output.isEmpty { print(output, terminator: "") }
        return status
      }
      try? await Task.sleep(for: .milliseconds(1))
    }
  }
}
