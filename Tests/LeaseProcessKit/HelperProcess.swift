internal import Foundation
internal import LockTable

/// A process, of `Tests/LeaseProcesses` for the most part. It is killed when nothing refers to it any
/// more.
/// (Foundation's `Process` leaks, which AddressSanitizer would tell.)
package final class HelperProcess: Sendable {
  /// What a process did not do in a time that is long for any machine.
  package struct Hung: Error, CustomStringConvertible {
    package let description: String
  }

  private static let program = path(of: "LeaseProcesses")

  /// Where a program of this package is: beside the tests.
  private static func path(of program: String) -> String {
    Bundle.main.executableURL?
      .deletingLastPathComponent().appendingPathComponent(program).path ?? ""
  }

  package static var isAvailable: Bool { FileManager.default.isExecutableFile(atPath: program) }

  /// Whether this process may mount file systems.
  package static let canMount = succeeds("unshare --mount mount -t tmpfs none /mnt")

  /// Whether a command of the shell succeeds.
  package static func succeeds(_ command: String) -> Bool {
    let process = try? HelperProcess(
      path: "/bin/sh", ["-c", "exec 2>/dev/null; \(command)"], environment: [:])
    return process?.untilEnded() == 0
  }

  package let number: Int32
  private let state: Guarded<State>

  private struct State {
    /// The end of a pipe that the process reads.
    var input: Int32
    /// The other end. We have it too, so that no write to it fails when the process has ended.
    var otherInput: Int32
    var output: Int32
    /// What was read and is no line yet, or not the one that somebody waits for.
    var text = ""
  }

  private let life: Life

  package convenience init(
    _ arguments: [String], environment: [String: String] = [:]
  ) throws {
    try self.init(path: Self.program, arguments, environment: environment)
  }

  /// Another program of this package.
  package convenience init(
    program: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws {
    try self.init(path: Self.path(of: program), arguments, environment: environment)
  }

  /// The process after shell commands that mount what only it sees, and what ends with it.
  package convenience init(after preparation: String, _ arguments: [String]) throws {
    let script = """
      exec unshare --mount --propagation private sh -c '\(preparation) && exec "$@"' sh "$@"
      """
    try self.init(script: script, arguments)
  }

  /// A shell that has the program and its arguments as its own, and has to `exec` them.
  package convenience init(script: String, _ arguments: [String]) throws {
    try self.init(
      path: "/bin/sh", ["-c", script, "sh", Self.program] + arguments, environment: [:])
  }

  /// Any command, by its path. Its errors are in its output.
  package convenience init(command: [String]) throws {
    try self.init(
      path: "/bin/sh", ["-c", "exec \"$@\" 2>&1", "sh"] + command, environment: [:])
  }

  private init(
    path program: String, _ arguments: [String], environment: [String: String]
  ) throws {
    let path = NSTemporaryDirectory() + "lock-table-output-\(UUID().uuidString)"
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw POSIXError(.EMFILE) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    number = try Self.spawn(
      [program] + arguments, environment: environment, input: ends[0], output: path)
    life = Life(number)
    state = Guarded(
      State(input: ends[1], otherInput: ends[0], output: open(path, O_RDONLY | O_CLOEXEC)))
    unlink(path)
  }

  deinit {
    send(SIGKILL)
    _ = life.untilEnded()
    state.withValue { state in
      close(state.input)
      close(state.otherInput)
      close(state.output)
    }
  }

  private static func spawn(
    _ command: [String], environment: [String: String], input: Int32, output: String
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
    #if !canImport(Darwin)
      // The testing library waits, on a thread of tasks, until nobody can write to a pipe of its own.
      // To close what is not open is no error here.
      for file in Int32(3)..<512 {
        posix_spawn_file_actions_addclose(&actions, file)
      }
    #endif
    var arguments = command.map { strdup($0) } + [nil]
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    var texts = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in arguments + texts { free(text) } }
    var number: Int32 = 0
    guard posix_spawn(&number, command[0], &actions, nil, &arguments, &texts) == 0 else {
      throw POSIXError(.ENOENT)
    }
    return number
  }

  package func send(_ signal: Int32) { life.send(signal) }

  /// Writes a line that the process reads.
  package func say(_ line: String) {
    var line = line + "\n"
    state.withValue { state in
      line.withUTF8 { bytes in _ = write(state.input, bytes.baseAddress, bytes.count) }
    }
  }

  /// Lets a process that holds a key release it.
  package func sayGo() { say("") }

  /// Reads what the process has written by now.
  private static func read(_ state: inout State) {
    var bytes = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Foundation.read(state.output, &bytes, bytes.count)
      guard count > 0 else { return }
      state.text += String(decoding: bytes[..<count], as: UTF8.self)
    }
  }

  // Lines.

  /// Waits for the next line that the process writes.
  package func line() async throws -> String { try await line { _ in true } }

  /// Waits for a line that begins with these words, and returns the words after them. Others stay
  /// for those who wait for them.
  @discardableResult
  package func line(_ beginning: String) async throws -> String {
    let line = try await line { Self.begins($0, with: beginning) }
    return String(line.dropFirst(beginning.count + 1))
  }

  /// Whether the process has said such a line. It stays.
  package func hasSaid(_ beginning: String) -> Bool {
    state.withValue { state in
      Self.read(&state)
      return state.text.split(separator: "\n").contains { Self.begins($0, with: beginning) }
    }
  }

  private static func begins(_ line: Substring, with beginning: String) -> Bool {
    line == beginning || line.hasPrefix(beginning + " ")
  }

  private func line(where matches: (Substring) -> Bool) async throws -> String {
    let deadline = ContinuousClock.now + .seconds(600)
    while true {
      let status = life.status
      if let line = takeLine(where: matches) { return line }
      guard .now < deadline, status == nil else {
        let text = state.withValue { $0.text }
        throw Hung(
          description: "process \(number) \(status.map { "ended with \($0)" } ?? "hangs") "
            + "after it said: \(text)")
      }
      try await Task.sleep(for: .milliseconds(1))
    }
  }

  private func takeLine(where matches: (Substring) -> Bool) -> String? {
    state.withValue { state in
      Self.read(&state)
      var start = state.text.startIndex
      while let end = state.text[start...].firstIndex(of: "\n") {
        let line = state.text[start..<end]
        if matches(line) {
          let copy = String(line)
          state.text.removeSubrange(start...end)
          return copy
        }
        start = state.text.index(after: end)
      }
      return nil
    }
  }

  /// Waits until the process holds its key, and returns the token.
  package func token() async throws -> Int64? {
    Int64(try await line("granted"))
  }

  // The end.

  /// Waits for the end of the process. Returns its exit code, or the number of the signal.
  @discardableResult
  package func end() async throws -> Int32 {
    while true {
      if let status = life.status {
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

  /// Waits for the end, and blocks the thread. Returns what ``end()`` does.
  package func untilEnded() -> Int32 { life.untilEnded() }

  package var hasEnded: Bool { life.status != nil }

  /// What the process has written and nobody has taken as a line.
  package var output: String {
    state.withValue { state in
      Self.read(&state)
      return state.text
    }
  }
}

/// Whether a process still runs. A thread waits for its end: while a process that has ended is not
/// waited for, the testing library looks for ends of its own without a pause.
private final class Life: Sendable {
  private let number: Int32
  private let end = Guarded<Int32?>(nil)
  private let hasEnded = DispatchGroup()

  init(_ number: Int32) {
    self.number = number
    hasEnded.enter()
    Thread { [self] in
      waitForEnd()
      hasEnded.leave()
    }.start()
  }

  private func waitForEnd() {
    var information = siginfo_t()
    while waitid(P_PID, id_t(number), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    // The number may be another process's from here on.
    end.withValue { end in
      var status: Int32 = 0
      waitpid(number, &status, 0)
      end = status & 0x7f == 0 ? status >> 8 & 0xff : status & 0x7f
    }
  }

  func send(_ signal: Int32) {
    end.withValue { end in
      if end == nil {
        kill(number, signal)
      }
    }
  }

  /// The exit code, or the number of the signal. Nil: the process runs.
  var status: Int32? { end.withValue { $0 } }

  func untilEnded() -> Int32 {
    hasEnded.wait()
    return status ?? -1
  }
}
