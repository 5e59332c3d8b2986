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

  /// What a source is compiled as.
  struct Mode {
    var language = 6
    /// `main.swift`, in which statements may be at the top level.
    var isScript = false
    var options: [String] = []
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
    _ source: String, _ stage: Stage, _ mode: Mode = Mode(),
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let found = try await diagnose(source, stage, mode)
    let expected = Self.expectations(of: source)
    for diagnostic in expected where !found.contains(where: { $0.fulfils(diagnostic) }) {
      Issue.record("missing: \(diagnostic)", sourceLocation: sourceLocation)
    }
    for diagnostic in found where !expected.contains(where: { diagnostic.fulfils($0) }) {
      Issue.record("not expected: \(diagnostic)", sourceLocation: sourceLocation)
    }
  }

  /// Compiles, links and runs a program, which may draw no warning. Returns what it prints.
  func run(_ source: String, _ mode: Mode) async throws -> String {
    try await withFile(source, mode) { file in
      let program = file.deletingLastPathComponent().appending(path: "program").path()
      let inputs = try objectsOfTheLibrary() + [Self.concurrencyKit]
      let built = await execute(command(file, mode) + ["-o", program] + inputs)
      try #require(built.hasSucceeded && built.output.isEmpty, "\(built.output)")
      let ran = await execute([program])
      try #require(ran.hasSucceeded, "\(ran.output)")
      return ran.output
    }
  }

  private func diagnose(_ source: String, _ stage: Stage, _ mode: Mode) async throws
    -> Set<Diagnostic>
  {
    try await withFile(source, mode) { file in
      let command = command(file, mode) + [stage.rawValue, "-o", "/dev/null"]
      let (text, hasSucceeded) = await execute(command)
      let found = Self.diagnostics(in: text)
      let hasErrors = found.contains { $0.kind == "error" }
      try #require(hasSucceeded != hasErrors, "\(text)")
      return found
    }
  }

  private func withFile<Result>(
    _ source: String, _ mode: Mode, _ body: (URL) async throws -> Result
  ) async throws -> Result {
    let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let file = directory.appending(path: mode.isScript ? "main.swift" : "Snippet.swift")
    try source.write(to: file, atomically: true, encoding: .utf8)
    return try await body(file)
  }

  private func command(_ file: URL, _ mode: Mode) -> [String] {
    let imports = ["LockTable", "SwiftTask"].flatMap { target in
      let headers = package.appending(path: "CShim/\(target)/include")
      let map = headers.appending(path: "module.modulemap").path()
      return ["-Xcc", "-I" + headers.path(), "-Xcc", "-fmodule-map-file=" + map]
    }
    return [
      executable.path(), "-swift-version", String(mode.language), "-diagnostic-style", "llvm",
      "-module-cache-path", file.deletingLastPathComponent().path(), "-I", modules.path(),
    ] + (mode.isScript ? [] : ["-parse-as-library"]) + mode.options + imports + [file.path()]
  }

  #if os(Linux)
    private static let concurrencyKit = "-l:libck.a"
  #else
    private static let concurrencyKit = "-lck"
  #endif

  /// What the running tests are linked with, too.
  private func objectsOfTheLibrary() throws -> [String] {
    let objects = try ["LockTable", "CLockTable", "CSwiftTask"].flatMap { target in
      let folder = modules.deletingLastPathComponent().appending(path: target + ".build")
      return try FileManager.default.contentsOfDirectory(atPath: folder.path())
        .filter { $0.hasSuffix(".o") }.map { folder.appending(path: $0).path() }
    }
    return try #require(objects.isEmpty ? nil : objects, "the objects of the library")
  }

  /// The Swift program in a file of the package: the first block that begins with an import and has
  /// an `@main`.
  func program(in file: String) throws -> String {
    let text = try String(contentsOf: package.appending(path: file), encoding: .utf8)
    let blocks = text.matches(of: /```swift\n((?s).*?)```/).map { String($0.output.1) }
    return try #require(blocks.first { $0.hasPrefix("import") && $0.contains("@main") })
  }

  /// It takes seconds, in which the tasks of other tests need the pool's threads.
  private func execute(_ command: [String]) async -> (output: String, hasSucceeded: Bool) {
    await onPlainThread { Self.run(command) }
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
    let pattern = /(?:Snippet|main)\.swift:(\d+):\d+: (error|warning): (.*)/
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
