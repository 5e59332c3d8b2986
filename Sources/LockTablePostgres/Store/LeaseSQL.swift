#if Postgres
  /// All SQL of the store.
  ///
  /// A held key is a row, with a queue of the owners that wait. A free key has none, so nothing is
  /// left behind. Each of the three statements that change rows takes any number of keys, locks
  /// their rows in the order of the keys, so that no two of them deadlock, and is a transaction by
  /// itself. A key may be there once in a statement.
  struct LeaseSQL: Sendable, Hashable {
    let table: String
    let sequence: String

    /// - Parameters:
    ///   - schema: Nil leaves it to the search path of the session.
    ///   - table: The sequence has its name with `_token`.
    init(schema: String?, table: String) {
      // Not a precondition: optimised builds leave out its sentence.
      guard (1...57).contains(table.utf8.count), (1...63).contains(schema?.utf8.count ?? 1) else {
        fatalError(
          "LockTablePostgres: the name of a table has 1 to 57 bytes, that of a schema 1 to 63")
      }
      let prefix = schema.map { Self.quoted($0) + "." } ?? ""
      self.table = prefix + Self.quoted(table)
      sequence = prefix + Self.quoted(table + "_token")
    }

    /// An identifier, in quotation marks.
    static func quoted(_ identifier: String) -> String {
      "\""
        + identifier.split(separator: "\"", omittingEmptySubsequences: false)
        .joined(separator: "\"\"") + "\""
    }

    // The schema.

    /// Makes what is missing. The sequence is logged and keeps no numbers in reserve for a session
    /// (`CACHE 1`): else tokens could fall, after a crash, or from one session to another. Half of
    /// each page stays free, so that a renewal finds room beside its row and touches no index; an
    /// index on `expires` would spoil that.
    var schema: String {
      """
      CREATE SEQUENCE IF NOT EXISTS \(sequence)
        AS bigint MAXVALUE 144115188075855871 CACHE 1 NO CYCLE;
      CREATE TABLE IF NOT EXISTS \(table) (
        key text COLLATE "C" PRIMARY KEY CHECK (octet_length(key) <= 512),
        owner text COLLATE "C" NOT NULL,
        expires timestamptz NOT NULL,
        queue text[] COLLATE "C" NOT NULL DEFAULT '{}'
      ) WITH (
        fillfactor = 50,
        autovacuum_vacuum_scale_factor = 0,
        autovacuum_vacuum_threshold = 2000
      );
      """
    }

    /// The same in one transaction, in which only one process at a time makes it: IF NOT EXISTS
    /// alone fails where two begin at once.
    var makeSchema: PostgresStatement {
      var tag = "$lease$"
      while schema.contains(tag) { tag = "$lease" + tag }
      return PostgresStatement(
        """
        DO \(tag) BEGIN
        PERFORM pg_advisory_xact_lock(\(Self.schemaLock));
        \(schema)
        END \(tag)
        """)
    }

    /// `lease` in ASCII, and a number that nobody else draws.
    private static let schemaLock: Int64 = 0x6C65_6173_651F_4A27

    /// Whether the table and the sequence exist, and the role may use them: two columns, of which
    /// the second is NULL if something is missing.
    var look: PostgresStatement {
      PostgresStatement(
        """
        SELECT t IS NOT NULL AND s IS NOT NULL,
          has_table_privilege(t, 'SELECT') AND has_table_privilege(t, 'INSERT')
          AND has_table_privilege(t, 'UPDATE') AND has_table_privilege(t, 'DELETE')
          AND has_sequence_privilege(s, 'USAGE')
        FROM (SELECT to_regclass($1::text)::oid AS t, to_regclass($2::text)::oid AS s) AS names
        """)
    }

    // The session.

    /// Settings of the session, by which a role's or a database's own do no harm:
    /// - READ COMMITTED, since the stricter levels give errors where two processes meet.
    /// - A synchronous commit, since tokens could fall after a crash of the server without it.
    /// - A limit for the wait behind a row that a stranger's transaction has locked.
    /// - Plans that look up each key by the index. The plan of a prepared statement is made when
    ///   the table is small, and stays when it is large. The server would make it anew each time if it
    ///   thought that better, and then spend most of its time on that.
    ///
    /// Returns which backend this is, since when, and whether it may write.
    static let settings = PostgresStatement(
      """
      SELECT pid, backend_start, in_recovery, read_only
      FROM (SELECT pg_backend_pid() AS pid, pg_is_in_recovery() AS in_recovery,
          current_setting('default_transaction_read_only') AS read_only,
          set_config('application_name', $1::text, false),
          set_config('lock_timeout', $2::text, false),
          set_config('default_transaction_isolation', 'read committed', false),
          set_config('synchronous_commit', CASE current_setting('synchronous_commit')
            WHEN 'off' THEN 'on' WHEN 'local' THEN 'on'
            ELSE current_setting('synchronous_commit') END, false),
          set_config('enable_seqscan', 'off', false),
          set_config('enable_hashjoin', 'off', false),
          set_config('enable_mergejoin', 'off', false),
          set_config('plan_cache_mode', 'force_generic_plan', false),
          set_config('client_min_messages', 'error', false) OFFSET 0) AS s
        LEFT JOIN LATERAL (SELECT backend_start::text FROM pg_stat_get_activity(s.pid)) AS a ON true
      """)

    /// Ends the backend of a connection that broke while it had a request: it could carry it out
    /// after a later one. Returns a row while it lives.
    static let endBackend = PostgresStatement(
      """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE pid = $1::text::int AND backend_start::text = $2::text AND pid <> pg_backend_pid()
      """)

    /// The channel on which a process hears of its places in line. Channels have less than 64
    /// bytes.
    static func channel(of process: String) -> String { "lease_" + process.prefix(32) }

    // Leases.

    /// `$1` keys, `$2` owners, `$3` milliseconds, `$4` those of the owners that want to wait.
    ///
    /// - The clock is read once for each row, after the wait for the row. Read twice, two columns
    ///   could disagree on whether the old lease is over. Without OFFSET 0 it would be.
    /// - The token is drawn after the row is won. Drawn before, it could be smaller than that of a
    ///   holder in between.
    /// - The end of the lease is reckoned from before the wait: too early, at worst.
    var acquire: PostgresStatement {
      PostgresStatement(
        """
        INSERT INTO \(table) AS l (key, owner, expires)
        SELECT key, owner, clock_timestamp() + ms * interval '1 ms'
        FROM unnest($1::text[], $2::text[], $3::bigint[]) AS w(key, owner, ms)
        ORDER BY key COLLATE "C"
        ON CONFLICT (key) DO UPDATE SET (owner, expires, queue) = (
          SELECT CASE WHEN free THEN excluded.owner ELSE l.owner END,
            CASE WHEN free THEN excluded.expires ELSE l.expires END,
            CASE WHEN free THEN array_remove(l.queue, excluded.owner)
              WHEN excluded.owner <> ALL ($4::text[]) OR excluded.owner = ANY (l.queue)
                OR cardinality(l.queue) >= \(Self.longestQueue) THEN l.queue
              ELSE l.queue || excluded.owner END
          FROM (SELECT l.owner = excluded.owner OR l.expires <= clock_timestamp() AS free
            OFFSET 0) AS t)
        RETURNING key, CASE WHEN owner = ANY ($2::text[]) THEN nextval('\(literal(sequence))') END,
          owner, ceil(extract(epoch FROM expires - clock_timestamp()) * 1000)::bigint
        """, name: "lease_acquire")
    }

    /// More processes than that wait without a place in line.
    static let longestQueue = 64

    /// `$1` keys, `$2` owners, `$3` milliseconds. Keys that do not come back are lost; the second
    /// column is whether somebody waits. The owner is compared, and not the time: a lease that is
    /// over and that nobody has taken was exclusive all the while.
    var renew: PostgresStatement { renew(locking: "FOR NO KEY UPDATE OF l", name: "lease_renew") }

    /// The same, without the rows that a stranger's transaction has locked. Keys that do not come
    /// back may be lost: see ``lookForHolds``.
    var renewUnlocked: PostgresStatement {
      renew(locking: "FOR NO KEY UPDATE OF l SKIP LOCKED", name: "lease_renew_unlocked")
    }

    private func renew(locking: String, name: String) -> PostgresStatement {
      PostgresStatement(
        """
        WITH m AS MATERIALIZED (
          SELECT r.key FROM \(Self.wanted) AS w CROSS JOIN LATERAL (
            SELECT l.key FROM \(table) AS l WHERE l.key = w.key AND l.owner = w.owner
            \(locking)) AS r)
        UPDATE \(table) AS l SET expires = clock_timestamp() + $3::bigint * interval '1 ms'
        WHERE l.key = ANY (ARRAY(SELECT key FROM m))
        RETURNING l.key, l.queue <> '{}'
        """, name: name)
    }

    /// The keys and owners of a statement, in the order in which rows are locked.
    ///
    /// Rows are looked up for each of these, by a subquery that can't become a join, and found again by
    /// an array of keys. Of a join the server may read the whole table for each key: it does so if it
    /// believes that the table is empty, as it was when it was vacuumed last.
    private static let wanted = """
      (SELECT key, owner FROM unnest($1::text[], $2::text[]) AS w(key, owner)
            ORDER BY key COLLATE "C")
      """

    /// `$1` keys, `$2` owners. Keys that do not come back are lost. Waits for nobody.
    var lookForHolds: PostgresStatement {
      PostgresStatement(
        """
        SELECT r.key, false FROM \(Self.wanted) AS w CROSS JOIN LATERAL (
          SELECT l.key FROM \(table) AS l WHERE l.key = w.key AND l.owner = w.owner OFFSET 0) AS r
        """, name: "lease_look")
    }

    /// Gives up holds and places in line. `$1` keys, `$2` owners, `$3` for how many milliseconds
    /// the next in line may claim the key.
    ///
    /// A row for each key that was held or waited for: whether it was held to the end, and whether
    /// others wait. Who comes next is told, and nobody else: a notification makes a commit wait for
    /// those of all others.
    ///
    /// The next owner is that of the row that was locked, in `m`. An older row that the update finds at
    /// first may have no queue, and an owner that is NULL is refused before a newer row is looked for.
    var leave: PostgresStatement {
      PostgresStatement(
        """
        WITH m AS MATERIALIZED (
          SELECT r.key, r.owner, r.queue, w.owner AS me
          FROM \(Self.wanted) AS w CROSS JOIN LATERAL (
            SELECT l.key, l.owner, l.queue FROM \(table) AS l
            WHERE l.key = w.key AND (l.owner = w.owner OR w.owner = ANY (l.queue))
            FOR UPDATE OF l) AS r),
        d AS (DELETE FROM \(table) AS l
          WHERE l.key = ANY (ARRAY(SELECT key FROM m WHERE owner = me AND queue = '{}'))),
        c AS (UPDATE \(table) AS l
          SET queue = array_remove(l.queue, ($2::text[])[array_position($1::text[], l.key)])
          WHERE l.key = ANY (ARRAY(SELECT key FROM m WHERE owner <> me))),
        u AS (UPDATE \(table) AS l SET owner = m.queue[1], queue = m.queue[2:],
            expires = clock_timestamp() + $3::bigint * interval '1 ms'
          FROM m WHERE l.key = m.key AND m.owner = m.me AND m.queue <> '{}'
            AND l.key = ANY (ARRAY(SELECT key FROM m WHERE owner = me AND queue <> '{}'))
          RETURNING pg_notify('lease_' || left(split_part(l.owner, '/', 1), 32), l.key))
        SELECT key, owner = me, array_remove(queue, me) <> '{}' FROM m
        """, name: "lease_leave")
    }

    /// `$1` the first name of a namespace, `$2` the first after it.
    var holdings: PostgresStatement {
      PostgresStatement(
        """
        SELECT key, owner, ceil(extract(epoch FROM expires - clock_timestamp()) * 1000)::bigint,
          cardinality(queue)
        FROM \(table)
        WHERE key >= $1::text AND key < $2::text AND expires > clock_timestamp() ORDER BY key
        """)
    }

    /// Deletes a few of the rows that were over long ago. Processes that crashed left them, and
    /// nobody has asked for their keys since.
    var sweep: PostgresStatement {
      PostgresStatement(
        """
        DELETE FROM \(table) WHERE key IN (
          SELECT key FROM \(table) WHERE expires < clock_timestamp() - interval '1 day'
          ORDER BY key LIMIT 1000 FOR UPDATE SKIP LOCKED)
          AND expires < clock_timestamp() - interval '1 day'
        """)
    }

    /// The text of a literal without its quotation marks.
    private func literal(_ text: String) -> String {
      text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
    }
  }
#endif
