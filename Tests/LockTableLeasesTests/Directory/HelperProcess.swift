import Foundation
import LockTable

/// A process of `Tests/LeaseProcesses`. It is killed when nothing refers to it any more. (Foundation's
/// `Process` leaks, which AddressSanitizer would tell.)
final class HelperProcess: Sendable {
  private static let program =
    Bundle.main.executableURL?
    .deletingLastPathComponent().appendingPathComponent("LeaseProcesses").path ?? ""

  static var isAvailable: Bool { FileManager.default.isExecutableFile(atPath: program) }

  /// Whether this process may mount file systems.
  static let canMount: Bool = {
    let script = "unshare --mount mount -t tmpfs none /mnt 2>/dev/null"
    let process = try? HelperProcess(program: "/bin/sh", ["-c", script])
    return process?.wait(0) == 0
  }()

  let number: Int32
  private let state: Guarded<State>
  private let scratch: ScratchDirectory

  private struct State {
    /// The end of a pipe that the process reads.
    var input: Int32
    var output: Int32
    /// What was read and is no line yet.
    var text = ""
    var status: Int32?
  }

  convenience init(_ arguments: [String]) throws {
    try self.init(program: Self.program, arguments)
  }

  /// The process after shell commands that mount what only it sees, and what ends with it.
  convenience init(after preparation: String, _ arguments: [String]) throws {
    let script = """
      exec unshare --mount --propagation private sh -c '\(preparation) && exec "$@"' sh "$@"
      """
    try self.init(program: "/bin/sh", ["-c", script, "sh", Self.program] + arguments)
  }

  private init(program: String, _ arguments: [String]) throws {
    scratch = try ScratchDirectory()
    let path = scratch.path + "/output"
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw POSIXError(.EMFILE) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    number = try Self.spawn([program] + arguments, input: ends[0], output: path)
    state = Guarded(State(input: ends[1], output: open(path, O_RDONLY | O_CLOEXEC)))
  }

  deinit {
    state.withValue { state in
      if state.status == nil {
        kill(number, SIGKILL)
        waitpid(number, nil, 0)
      }
      close(state.input)
      close(state.output)
    }
  }

  private static func spawn(
    _ command: [String], input: Int32, output: String
  ) throws -> Int32 {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
    #else
      var actions = posix_spawn_file_actions_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT, 0o600)
    var arguments = command.map { strdup($0) } + [nil]
    defer { arguments.forEach { free($0) } }
    var number: Int32 = 0
    guard posix_spawn(&number, command[0], &actions, nil, &arguments, environ) == 0 else {
      throw POSIXError(.ENOENT)
    }
    return number
  }

  func send(_ signal: Int32) {
    kill(number, signal)
  }

  /// Lets a process that holds a key release it.
  func sayGo() {
    state.withValue { _ = write($0.input, "\n", 1) }
  }

  /// Reads what the process has written by now.
  private static func read(_ state: inout State) {
    var bytes = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Foundation.read(state.output, &bytes, bytes.count)
      guard count > 0 else { return }
      state.text += String(decoding: bytes[..<count], as: UTF8.self)
    }
  }

  /// Waits for the next line that the process writes.
  func line() async throws -> String {
    while true {
      let line = state.withValue { state in
        Self.read(&state)
        return state.text.firstIndex(of: "\n").map { end in
          defer { state.text.removeSubrange(...end) }
          return String(state.text[..<end])
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
  func end() async throws -> Int32 {
    while true {
      if let status = wait(WNOHANG) {
        // Mistakes that the process has seen.
        state.withValue { state in
          Self.read(&state)
          print(state.text, terminator: "")
        }
        return status
      }
      try await Task.sleep(for: .milliseconds(1))
    }
  }

  private func wait(_ options: Int32) -> Int32? {
    state.withValue { state in
      var status: Int32 = 0
      if state.status == nil, waitpid(number, &status, options) == number {
        state.status = status & 0x7f == 0 ? status >> 8 & 0xff : status & 0x7f
      }
      return state.status
    }
  }
}
