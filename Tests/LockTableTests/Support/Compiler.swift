import Foundation
import Testing

/// The compiler, on sources that may be wrong.
///
/// A line of the source ends in what is expected of it: `// error: …` or `// warning: …`, with a
/// part of the message. All other lines are expected to be in order.
struct Compiler {
  enum Stage: String {
    /// What types and availability say.
    case types = "-typecheck"
    /// What ownership says: seen once a source has correct types.
    case ownership = "-emit-sil"
  }

  struct Diagnostic: Hashable, CustomStringConvertible {
    var line: Int
    var kind: String
    var message: String
    var description: String { "\(line): \(kind): \(message)" }

    /// Is this what the line was expected to say?
    func fulfils(_ expected: Diagnostic) -> Bool {
      line == expected.line && kind == expected.kind && message.contains(expected.message)
    }
  }

  private let executable: URL
  private let modules: URL
  private let package: URL

  /// Finds the compiler that belongs to the running library, and the modules of the running tests.
  init() throws {
    package = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
    executable = try #require(Self.compiler(), "no swiftc beside the library or in the PATH")
    modules = try #require(Self.modulesOfTheRunningTests(), "no LockTable.swiftmodule was found")
  }

  /// Compiles, and compares what the compiler says with what the source expects.
  func check(
    _ source: String, _ stage: Stage, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let found = try await diagnose(source, stage)
    let expected = Self.expectations(of: source)
    for diagnostic in expected where !found.contains(where: { $0.fulfils(diagnostic) }) {
      Issue.record("missing: \(diagnostic)", sourceLocation: sourceLocation)
    }
    for diagnostic in found where !expected.contains(where: { diagnostic.fulfils($0) }) {
      Issue.record("not expected: \(diagnostic)", sourceLocation: sourceLocation)
    }
  }

  private func diagnose(_ source: String, _ stage: Stage) async throws -> Set<Diagnostic> {
    let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let file = directory.appending(path: "Snippet.swift")
    try source.write(to: file, atomically: true, encoding: .utf8)

    let imports = ["LockTable", "SwiftTask"].flatMap { target in
      let headers = package.appending(path: "CShim/\(target)/include")
      let map = headers.appending(path: "module.modulemap").path()
      return ["-Xcc", "-I" + headers.path(), "-Xcc", "-fmodule-map-file=" + map]
    }
    let command = [
      executable.path(), stage.rawValue, "-o", "/dev/null", "-swift-version", "6",
      "-parse-as-library", "-diagnostic-style", "llvm", "-module-cache-path", directory.path(),
      "-I", modules.path(),
    ]
    // It takes seconds, in which the tasks of other tests need the pool's threads.
    let (text, hasSucceeded) = await onPlainThread {
      Self.run(command + imports + [file.path()])
    }
    let found = Self.diagnostics(in: text)
    let hasErrors = found.contains { $0.kind == "error" }
    try #require(hasSucceeded != hasErrors, "\(text)")
    return found
  }

  /// By way of the shell: Foundation's `Process` leaks now and then, which LeakSanitizer reports.
  private static func run(_ arguments: [String]) -> (output: String, hasSucceeded: Bool) {
    let quoted = arguments.map { "'" + $0.replacing("'", with: "'\\''") + "'" }
    let command = quoted.joined(separator: " ") + " 2>&1"
    guard let stream = popen(command, "r") else { return ("", false) }
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case let count = fread(&buffer, 1, buffer.count, stream), count > 0 {
      output += buffer[..<count]
    }
    let status = pclose(stream)
    return (String(decoding: output, as: UTF8.self), status == 0)
  }

  /// Lines such as `…/Snippet.swift:3:7: error: a message`.
  private static func diagnostics(in text: String) -> Set<Diagnostic> {
    let pattern = /Snippet\.swift:(\d+):\d+: (error|warning): (.*)/
    return Set(
      text.split(separator: "\n").compactMap { line in
        guard let match = line.firstMatch(of: pattern), let number = Int(match.1)
        else { return nil }
        return Diagnostic(line: number, kind: String(match.2), message: String(match.3))
      })
  }

  private static func expectations(of source: String) -> [Diagnostic] {
    let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.enumerated().flatMap { index, line in
      line.split(separator: "// ").compactMap { comment in
        guard let match = comment.wholeMatch(of: /(error|warning): (.*?) */) else { return nil }
        return Diagnostic(line: index + 1, kind: String(match.1), message: String(match.2))
      }
    }
  }

  // MARK: - Finding things

  private static func compiler() -> URL? {
    var candidates: [URL] = []
    if let path = pathOfTheRunningLibrary() {
      // <toolchain>/usr/lib/swift/<system>/libswiftCore.so
      let library = URL(filePath: path)
      let toolchain = (0..<4).reduce(library) { url, _ in url.deletingLastPathComponent() }
      candidates.append(toolchain.appending(path: "bin/swiftc"))
    }
    let directories = ProcessInfo.processInfo.environment["PATH"] ?? ""
    candidates += directories.split(separator: ":").map {
      URL(filePath: String($0)).appending(path: "swiftc")
    }
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0.path()) }
  }

  /// Of the one that holds what `Int` is. The C library's header keeps the function from Swift.
  private static func pathOfTheRunningLibrary() -> String? {
    typealias Function =
      @convention(c) (
        UnsafeRawPointer, UnsafeMutablePointer<UnsafePointer<CChar>?>
      ) -> Int32
    guard let symbol = dlsym(dlopen(nil, RTLD_LAZY), "dladdr") else { return nil }
    let describe = unsafeBitCast(symbol, to: Function.self)
    let type = unsafeBitCast(Int.self as Any.Type, to: UnsafeRawPointer.self)
    // The path is the first of the four words of a description.
    var description = [UnsafePointer<CChar>?](repeating: nil, count: 4)
    guard describe(type, &description) != 0 else { return nil }
    return description[0].map { String(cString: $0) }
  }

  /// Beside the running program, or in `Modules` beside it, or above.
  private static func modulesOfTheRunningTests() -> URL? {
    guard let program = Bundle.main.executableURL else { return nil }
    var directory = program.deletingLastPathComponent()
    for _ in 0..<5 {
      for candidate in [directory.appending(path: "Modules"), directory] {
        let module = candidate.appending(path: "LockTable.swiftmodule")
        if FileManager.default.fileExists(atPath: module.path()) {
          return candidate
        }
      }
      directory.deleteLastPathComponent()
    }
    return nil
  }
}
