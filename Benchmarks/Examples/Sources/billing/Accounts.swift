import LockTablePostgres

/// The accounts, in the database that has the leases, too. This is the resource that leases protect,
/// and so it compares fencing tokens.
struct Accounts: Sendable {
  /// A later holder has written: what this one knows is outdated.
  struct Outdated: Error {}

  static let numbers = 1...4

  private let session: any PostgresSession

  init(_ database: String) async throws {
    session = try await LibpqConnector(database).connect(
      PostgresSessionLimits(connecting: .seconds(10), silence: .seconds(10))
    ) { _ in }
    // Two servers that start at once would both make the table.
    _ = try await session.run("BEGIN")
    try await session.withTransactionLock("schema", namespace: "billing") {
      _ = try await session.run(
        """
        CREATE TABLE IF NOT EXISTS account (
          id bigint PRIMARY KEY, bills bigint NOT NULL DEFAULT 0, fence bigint NOT NULL DEFAULT 0)
        """)
      _ = try await session.run(
        "INSERT INTO account (id) SELECT generate_series(1, 4) ON CONFLICT DO NOTHING")
    }
    _ = try await session.run("COMMIT")
  }

  func bills(of account: Int) async throws -> Int {
    let rows = try await session.run(
      PostgresStatement("SELECT bills FROM account WHERE id = $1::bigint", name: "bills"),
      ["\(account)"])
    return rows.first?.first.flatMap { $0 }.flatMap { Int($0) } ?? 0
  }

  /// The comparison and the write are one statement.
  func set(_ bills: Int, of account: Int, fencingToken: Int64) async throws {
    let rows = try await session.run(
      PostgresStatement(
        """
        UPDATE account SET bills = $2::bigint, fence = $3::bigint
        WHERE id = $1::bigint AND fence <= $3::bigint RETURNING id
        """, name: "set"), ["\(account)", "\(bills)", "\(fencingToken)"])
    guard !rows.isEmpty else { throw Outdated() }
  }
}
