#if Postgres
  public import LockTableLeases

  /// Leases in a table of PostgreSQL (12 or later), for processes that use one database.
  ///
  ///     let store = PostgresLeaseStore("host=db.internal dbname=shop sslmode=verify-full")
  ///     let leases = LeaseTable<String>(store: store, namespace: "orders")
  ///
  /// One connection for each process carries everything: acquisitions, releases, renewals and the
  /// news of keys that are free. What is asked for while a statement runs goes together as the next
  /// one, so the cost of a commit is shared. A key that is held is a row, and a key that is free
  /// has none. Processes that wait for a key stand in line in its row, and only the one whose turn
  /// it is hears of it.
  ///
  /// ## What it promises
  ///
  /// As much as the database's own commits. Two things weaken that:
  ///
  /// - **Asynchronous replication.** A standby that is promoted may lack the last commits of the
  ///   primary: leases are forgotten, and the sequence may hand out tokens again that were handed
  ///   out before. Use synchronous replication (`synchronous_standby_names`), or raise the sequence
  ///   as part of the promotion: `SELECT setval('lock_table_lease_token',
  ///   nextval('lock_table_lease_token') + 1000000)`. The same goes for a database that is restored
  ///   from a backup. A `LeaseTable` that sees a token fall refuses it, but a new process can't
  ///   know.
  /// - **Asynchronous commits.** The store sets `synchronous_commit` to `on` for its session where
  ///   it is `off` or `local`. Don't put `fsync = off` on a server whose tokens matter, and don't
  ///   make the table or the sequence `UNLOGGED`: a sequence that is starts from 1 after a crash.
  ///
  /// The clock of the server's host decides when a lease is over. If it jumps forward, leases end
  /// early, which their holders learn at the next renewal, and tokens fence them off. If it jumps
  /// back, leases of dead processes last longer by as much.
  ///
  /// ## Poolers
  ///
  /// Connect to the server itself, or to a pooler in session mode. Behind a pooler in transaction
  /// mode the settings of the session, its prepared statements and `LISTEN` are lost: a wait then
  /// ends by asking again each second, and the limits of this store are not in force. It is not
  /// supported.
  ///
  /// ## Rights
  ///
  /// `SELECT`, `INSERT`, `UPDATE` and `DELETE` on the table, `USAGE` on the sequence, and `CREATE`
  /// on the schema for the first start, unless the table is made by hand from ``schemaSQL``. A role
  /// may end its own backends, which the store does with one that has lost its connection in the
  /// middle of a request.
  ///
  /// ## Failures
  ///
  /// A connection that breaks, or has not answered for a sixth of the leases' duration, is given
  /// up. A new one is made at once, then after growing pauses. Leases outlive that: a lease that
  /// nobody else has taken is renewed even after its end. Where several hosts are given, say
  /// `target_session_attrs=read-write`, so that libpq finds the primary.
  ///
  /// At the first start ``run(as:report:)`` throws what people have to mend: a wrong password, a
  /// missing database, a table without rights. Once it has been connected it goes on trying. libpq
  /// gives no code for a refused connection, so a first start that meets a server with no
  /// connection to spare is told from a wrong password by the English text of the error only. A
  /// refusal without a code ends the first start when it is repeated: a server that has just started
  /// looks the same once.
  public final class PostgresLeaseStore: LeaseStore {
    /// How the store behaves.
    public struct Configuration: Sendable, Hashable {
      /// The schema of the table. Nil leaves it to the search path of the role.
      public var schema: String?
      /// The name of the table, 1 to 57 bytes. The sequence has that name with `_token`.
      public var table = "lock_table_lease"
      /// Whether the store makes its table and its sequence if they are missing.
      public var createsSchema = true
      /// How long the leases of the table last: `LeaseConfiguration/duration`. The store's limits
      /// come from it: no answer for a sixth of it (half a second, if that is more) means that the
      /// connection is dead.
      public var leaseDuration: Duration = .seconds(15)
      /// How long a key stays with a process whose turn it is and that has not yet said that it is
      /// alive.
      public var claimDuration: Duration = .milliseconds(200)

      /// Makes a configuration.
      public init() {}

      /// How long an answer may take.
      var silence: Duration { max(leaseDuration / 6, .milliseconds(500)) }
      /// How long a statement waits for a row that a stranger has locked. Such a wait holds up all
      /// that comes after it, and it must end before the connection counts as dead.
      var rowPatience: Duration { min(max(silence / 4, .milliseconds(100)), .milliseconds(500)) }
    }

    /// The same as the table's name for it in messages: `PostgreSQL`.
    public var name: String { "PostgreSQL" }
    /// A grant ends after its duration, by the server's clock.
    public var expiry: LeaseExpiry { .afterDuration }
    /// A name that is released goes to the first in line. Of processes that wait for one name, more
    /// than 64 have no place.
    public var isFair: Bool { true }

    /// How the store behaves.
    public let configuration: Configuration

    let connector: any PostgresConnector
    let sql: LeaseSQL
    let dispatcher: Dispatcher

    /// Makes a store that uses connections of another client of PostgreSQL's.
    public init(_ connector: some PostgresConnector, configuration: Configuration = .init()) {
      self.connector = connector
      self.configuration = configuration
      sql = LeaseSQL(schema: configuration.schema, table: configuration.table)
      dispatcher = Dispatcher(
        sql: sql, claim: configuration.claimDuration, silence: configuration.silence)
    }

    /// The SQL that makes the table and the sequence, for those who migrate by hand. It does
    /// nothing where they exist.
    public var schemaSQL: String { sql.schema }

    /// Asks for a name. See `LeaseStore/acquire(_:for:waits:)`.
    public nonisolated(nonsending) func acquire(
      _ claim: LeaseClaim, for duration: Duration, waits: Bool
    ) async throws(LeaseStoreError) -> LeaseAnswer {
      let request = Request(
        .acquire, [claim], milliseconds: duration.wholeMilliseconds, waits: waits)
      guard case .answer(let answer) = try await askCancellably(request) else { throw .unexpected }
      return answer
    }

    /// Gives up a claim. See `LeaseStore/release(_:)`.
    public nonisolated(nonsending) func release(_ claim: LeaseClaim) async throws(LeaseStoreError)
      -> LeaseRelease
    {
      guard case .release(let answer) = try await ask(Request(.release, [claim])) else {
        throw .unexpected
      }
      return answer
    }

    /// Returns which names of a namespace are held. See `LeaseStore/holdings(in:)`.
    public nonisolated(nonsending) func holdings(
      in namespace: String
    ) async throws(LeaseStoreError) -> [LeaseHolding] {
      let request = Request(.holdings, [], namespace: namespace)
      guard case .holdings(let answer) = try await askCancellably(request) else {
        throw .unexpected
      }
      return answer
    }

    // Requests.

    /// The statements of an acquisition and of a release, and of renewals. For tests.
    package var statements: [PostgresStatement] {
      [sql.acquire, sql.leave, sql.renew, sql.renewUnlocked, sql.lookForHolds]
    }

    /// The number of requests that are not sent yet. For tests.
    package var queuedCount: Int { dispatcher.queuedCount }

    nonisolated(nonsending) func ask(
      _ request: Request
    ) async throws(LeaseStoreError) -> Request.Reply {
      try await request.wait { [dispatcher] in dispatcher.submit(request) }.get()
    }

    nonisolated(nonsending) func askCancellably(
      _ request: Request
    ) async throws(LeaseStoreError) -> Request.Reply {
      let outcome = await withTaskCancellationHandler {
        await request.wait { [dispatcher] in dispatcher.submit(request) }
      } onCancel: {
        dispatcher.withdraw(request)
      }
      return try outcome.get()
    }
  }

  extension LeaseStoreError {
    static var unexpected: LeaseStoreError {
      LeaseStoreError(.configuration, "PostgreSQL gave an answer to another question")
    }
  }
#endif
