#if Configuration
  public import Configuration
  public import LockTable

  extension LockTableConfiguration {
    /// Reads the configuration of a table from where swift-configuration finds it: environment
    /// variables, files, the command line.
    ///
    ///     let config = ConfigReader(provider: EnvironmentVariablesProvider())
    ///     let locks = LockTable<String>(
    ///       name: "accounts",
    ///       configuration: try LockTableConfiguration(reader: config.scoped(to: "locks.accounts")))
    ///
    /// Environment variables are called `LOCKS_ACCOUNTS_STRIPE_COUNT` and so on, then.
    ///
    /// | key | type | values |
    /// |---|---|---|
    /// | `fairness` | string | `adaptive`, `fifo` |
    /// | `stripeCount` | int | a power of two from 1 to 65 536 |
    /// | `maximumWaitersPerKey` | int | 1 or more |
    /// | `maximumWaiters` | int | 1 or more, of all keys together |
    /// | `blockingInTasks` | string | `trap`, `report`, `allow` |
    /// | `describeKey` | string | `key`, `hidden` |
    /// | `diagnostics.enabled` | bool | whether the table has diagnostics |
    /// | `diagnostics.deadlockDelaySeconds` | double | more than 0 |
    /// | `diagnostics.isRecording` | bool | whether it records from the start |
    /// | `diagnostics.onDeadlock` | string | `report`, `failYoungest` |
    ///
    /// A key without a value keeps the value of `defaults`, and so does a key whose value is of
    /// another type, as everywhere in swift-configuration: an `AccessReporter` shows those. The
    /// other keys of `diagnostics` are read only if the table has them.
    ///
    /// Throws ``LockTableSettingsError`` for a value that a table cannot have.
    ///
    /// - Parameters:
    ///   - reader: Where to read, scoped to this table's keys.
    ///   - defaults: The configuration for what is not set.
    public init(
      reader: ConfigReader, defaults: LockTableConfiguration = LockTableConfiguration()
    ) throws {
      self = defaults
      if let name = reader.string(forKey: "fairness") {
        fairness = try Self.choice(
          name, of: "fairness", [("adaptive", .adaptive), ("fifo", .fifo)])
      }
      if let count = reader.int(forKey: "stripeCount") {
        guard Self.canHave(stripeCount: count) else {
          throw LockTableSettingsError("stripeCount", count, "a power of two from 1 to 65536")
        }
        stripeCount = count
      }
      if let most = reader.int(forKey: "maximumWaitersPerKey") {
        guard most >= 1 else {
          throw LockTableSettingsError("maximumWaitersPerKey", most, "1 or more")
        }
        maximumWaitersPerKey = most
      }
      if let most = reader.int(forKey: "maximumWaiters") {
        guard most >= 1 else {
          throw LockTableSettingsError("maximumWaiters", most, "1 or more")
        }
        maximumWaiters = most
      }
      if let name = reader.string(forKey: "blockingInTasks") {
        blockingInTasks = try Self.choice(
          name, of: "blockingInTasks",
          [("trap", .trap), ("report", .report), ("allow", .allow)])
      }
      if let name = reader.string(forKey: "describeKey") {
        describeKey = try Self.choice(
          name, of: "describeKey", [("key", .key), ("hidden", .hidden)])
      }
      try readDiagnostics(from: reader)
    }

    private mutating func readDiagnostics(from reader: ConfigReader) throws {
      if let isEnabled = reader.bool(forKey: "diagnostics.enabled") {
        diagnostics = isEnabled ? diagnostics ?? Diagnostics() : nil
      }
      guard var diagnostics else { return }
      if let seconds = reader.double(forKey: "diagnostics.deadlockDelaySeconds") {
        guard seconds > 0, seconds < 1e9 else {
          throw LockTableSettingsError(
            "diagnostics.deadlockDelaySeconds", seconds, "more than 0 and less than 10⁹")
        }
        diagnostics.deadlockDelay = .seconds(seconds)
      }
      if let isRecording = reader.bool(forKey: "diagnostics.isRecording") {
        diagnostics.isRecording = isRecording
      }
      if let name = reader.string(forKey: "diagnostics.onDeadlock") {
        diagnostics.onDeadlock = try Self.choice(
          name, of: "diagnostics.onDeadlock",
          [("report", .report), ("failYoungest", .failYoungest)])
      }
      self.diagnostics = diagnostics
    }

    private static func choice<Value>(
      _ name: String, of key: String, _ choices: [(name: String, value: Value)]
    ) throws -> Value {
      guard let choice = choices.first(where: { $0.name == name }) else {
        let allowed = choices.map(\.name).joined(separator: ", ")
        throw LockTableSettingsError(key, "\"\(name)\"", "one of \(allowed)")
      }
      return choice.value
    }
  }

  /// A value that a table cannot have.
  public struct LockTableSettingsError: Error, Sendable, CustomStringConvertible {
    /// The key, within the scope of the reader.
    public let key: String
    /// One sentence: which key, which value, and what is allowed.
    public let description: String

    init(_ key: String, _ value: some CustomStringConvertible, _ allowed: String) {
      self.key = key
      description = "the setting \(key) of a LockTable is \(value); it must be \(allowed)"
    }
  }
#endif
