#if Postgres
  import Foundation
  import LeaseProcessKit
  import LockTablePostgres
  import Testing

  /// A PostgreSQL server of the tests' own, a child of this process. It stops when this process
  /// ends, however that ends.
  final class TestCluster: Sendable {
    /// The one that most tests share. Those that kill the server make one of their own.
    static let shared = Task { try await TestCluster() }

    let folder: String
    private let settings: String
    private let server = Guarded<HelperProcess?>(nil)

    static let isInstalled: Bool = {
      let folders = ["/usr/lib/postgresql", "/opt/homebrew/bin/initdb", "/usr/local/bin/initdb"]
      return folders.contains { FileManager.default.fileExists(atPath: $0) }
    }()

    var connectionString: String { "host=\(folder)/sock user=lease dbname=postgres" }

    /// Makes a server that listens at `address` too, and lets everybody in who comes from there.
    init(listeningAt address: String? = nil) async throws {
      settings = address.map { "-c listen_addresses=\($0)" } ?? ""
      let made = await Spawner.shared.run(Self.script, ["make"])
      try #require(made.status == 0, "no cluster: \(made.output)")
      folder = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
      Remains.shared.folders.withLock { $0.append(folder) }
      if let address {
        let file = try #require(FileHandle(forWritingAtPath: folder + "/data/pg_hba.conf"))
        try file.seekToEnd()
        try file.write(contentsOf: Data("host all all \(address)/30 trust\n".utf8))
        try file.close()
      }
      try await start()
    }

    /// Starts the server, and waits until it lets us in. Of a server that was killed the children live
    /// a moment longer, and a new one ends at once while they do.
    func start() async throws {
      for _ in 0..<400 {
        let process = try #require(
          await Spawner.shared.start(
            "/usr/bin/env", ["CLUSTER_OPTIONS=\(settings)", Self.script, "serve", folder]))
        server.withLock { $0 = process }
        try await until {
          if process.hasEnded { return true }
          return await self.letsUsIn
        }
        if !process.hasEnded {
          Remains.shared.servers.withLock { $0.append(process.number) }
          return
        }
        try await Task.sleep(for: .milliseconds(25))
      }
      Issue.record("the server in \(folder) does not start")
    }

    private var letsUsIn: Bool {
      get async { (try? await connect().close()) != nil }
    }

    func connect(_ more: String = "") async throws -> any PostgresSession {
      let limits = PostgresSessionLimits(connecting: .seconds(10), silence: .seconds(10))
      return try await LibpqConnector(connectionString + " " + more).connect(limits) { _ in }
    }

    /// Sends a signal to the server, and waits for its end.
    func kill(_ signal: Int32 = SIGKILL) async throws {
      guard let process = server.withLock({ $0 }) else { return }
      process.send(signal)
      try await until { process.hasEnded }
    }

    private static var script: String {
      URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("PostgreSQL/cluster").path
    }
  }

  /// What is to be cleared away when the process ends.
  private final class Remains: Sendable {
    static let shared = Remains()

    let servers = Guarded<[Int32]>([])
    let folders = Guarded<[String]>([])

    private init() {
      atexit {
        for server in Remains.shared.servers.withLock({ $0 }) { Foundation.kill(server, SIGQUIT) }
        for folder in Remains.shared.folders.withLock({ $0 }) {
          // A server that is just ending may still write.
          for _ in 0..<100 where (try? FileManager.default.removeItem(atPath: folder)) == nil {
            Thread.sleep(forTimeInterval: 0.01)
          }
        }
      }
    }
  }

  extension Trait where Self == ConditionTrait {
    /// Skips a test where there is no PostgreSQL.
    static var needsPostgres: Self {
      .enabled(if: TestCluster.isInstalled, "initdb is missing: apt-get install postgresql")
    }
  }
#endif
