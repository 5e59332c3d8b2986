import Foundation

/// A server to be loaded: one that was there, or a process of its own that ends with this object.
final class RunningServer {
  /// What it says of itself.
  struct About: Decodable {
    var lock: String
    var accounts: Int
    var storeDelayMicroseconds: Int
  }

  let address: ServerAddress
  let about: About
  private let process: Process?
  /// Its end is the server's sign to stop, should this process be killed.
  private let input: Pipe?

  init(at address: ServerAddress) throws {
    self.address = address
    process = nil
    input = nil
    about = try Self.about(address)
  }

  init(executable: URL, lock: String, accounts: Int, storeDelay: Int) throws {
    let (process, input, output) = (Process(), Pipe(), Pipe())
    process.executableURL = executable
    process.arguments = [
      "--port", "0", "--lock", lock, "--accounts", String(accounts),
      "--store-delay", String(storeDelay), "--stop-with-input",
    ]
    process.standardInput = input
    process.standardOutput = output
    do {
      try process.run()
    } catch {
      throw ServerFailure(
        description: "\(executable.path) can't be started: \(error.localizedDescription)")
    }
    do {
      address = ServerAddress(host: "127.0.0.1", port: try Self.port(from: output, executable))
      about = try Self.about(address)
    } catch {
      process.terminate()
      process.waitUntilExit()
      throw error
    }
    self.process = process
    self.input = input
  }

  deinit {
    process?.terminate()
    process?.waitUntilExit()
  }

  /// The sum of all balances.
  func total() throws -> Int {
    let text = try httpGet("/total", from: address)
    guard let total = Int(text) else {
      throw ServerFailure(description: "\(address)/total is no number: \(text.prefix(80))")
    }
    return total
  }

  private static func about(_ address: ServerAddress) throws -> About {
    let text = try httpGet("/about", from: address)
    do {
      return try JSONDecoder().decode(About.self, from: Data(text.utf8))
    } catch {
      throw ServerFailure(description: "\(address) is no lock-table-server: \(text.prefix(80))")
    }
  }

  /// The server's first line is "listening on HOST:PORT".
  private static func port(from output: Pipe, _ executable: URL) throws -> Int {
    var text = ""
    while !text.contains("\n") {
      let data = output.fileHandleForReading.availableData
      guard !data.isEmpty else {
        throw ServerFailure(description: "\(executable.path) ended before it listened.")
      }
      text += String(decoding: data, as: UTF8.self)
    }
    let line = text.split(separator: "\n").first ?? ""
    guard let port = line.split(separator: ":").last.flatMap({ Int($0) }) else {
      throw ServerFailure(description: "\(executable.path) printed no port, but \(line.prefix(80))")
    }
    return port
  }
}

extension RunningServer {
  /// The server's release build, if there is one beside this program's.
  static func builtExecutable() -> URL? {
    let program = Bundle.main.executableURL?.resolvingSymlinksInPath()
    var folder = program?.deletingLastPathComponent() ?? URL(fileURLWithPath: "/")
    while folder.path != "/" {
      let candidate = folder.appendingPathComponent("Server/.build/release/lock-table-server")
      if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
      folder.deleteLastPathComponent()
    }
    return nil
  }
}
