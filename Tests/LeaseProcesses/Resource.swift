#if Postgres
  import LockTable
  import LockTablePostgres
#endif
#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What leases protect: it rejects a token smaller than the largest it has seen.
protocol Resource: Sendable {
  /// Writes once. Returns the number of the write, by which the resource puts the writes of a key
  /// in order. Nil: the token was too small.
  func write(_ key: String, token: Int64) async throws -> Int64?
}

/// A resource of files, one for each key: the largest token and the number of the last write.
/// Writers take turns by a lock of another kind than that of the store.
final class FileResource: Resource {
  private let path: String

  init(_ path: String) { self.path = path }

  func write(_ key: String, token: Int64) throws -> Int64? {
    let file = open("\(path)/\(key)", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(file) }
    guard file >= 0, flock(file, LOCK_EX) == 0 else { throw Failure() }
    var last: [Int64] = [0, 0]
    pread(file, &last, 16, 0)
    guard token >= last[0] else { return nil }
    last = [token, last[1] + 1]
    pwrite(file, &last, 16, 0)
    return last[1]
  }

  private struct Failure: Error {}
}

#if Postgres
  /// A resource in a table of the leases' own database: `key`, `fence`, `writes`.
  final class TableResource: Resource {
    private let connector: LibpqConnector
    private let statement: PostgresStatement
    private let session = Guarded<(any PostgresSession)?>(nil)

    init(_ connectionString: String, table: String) {
      connector = LibpqConnector(connectionString)
      statement = PostgresStatement(
        """
        INSERT INTO \(table) AS r VALUES ($1, $2::bigint, 1)
        ON CONFLICT (key) DO UPDATE SET fence = excluded.fence, writes = r.writes + 1
          WHERE r.fence <= excluded.fence
        RETURNING writes
        """, name: "resource_write")
    }

    func write(_ key: String, token: Int64) async throws -> Int64? {
      let session = try await connect()
      do throws(PostgresSessionError) {
        let rows = try await session.run(statement, [key, "\(token)"])
        return rows.first?[0].flatMap { Int64($0) }
      } catch {
        self.session.withValue { if $0 === session { $0 = nil } }
        session.close()
        throw error
      }
    }

    private func connect() async throws -> any PostgresSession {
      if let session = session.withValue({ $0 }) { return session }
      let limits = PostgresSessionLimits(connecting: .seconds(5), silence: .seconds(5))
      let new = try await connector.connect(limits) { _ in }
      // Another task may have been faster.
      let session = session.withValue { session in
        session = session ?? new
        return session ?? new
      }
      if session !== new { new.close() }
      return session
    }
  }
#endif
