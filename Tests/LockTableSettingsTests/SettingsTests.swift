#if Configuration
  import Configuration
  import LockTable
  import LockTableSettings
  import Testing

  @Suite struct SettingsTests {
    private func read(
      _ values: [String: ConfigValue], defaults: LockTableConfiguration = .init()
    ) throws -> LockTableConfiguration {
      let keyed = values.map { key, value in
        (AbsoluteConfigKey(["locks"] + key.split(separator: ".").map(String.init)), value)
      }
      let provider = InMemoryProvider(values: Dictionary(uniqueKeysWithValues: keyed))
      return try LockTableConfiguration(
        reader: ConfigReader(provider: provider).scoped(to: "locks"), defaults: defaults)
    }

    @Test func withoutValuesTheDefaultsStay() throws {
      #expect(try read([:]) == LockTableConfiguration())
      let defaults = LockTableConfiguration(
        fairness: .fifo, stripeCount: 2, maximumWaitersPerKey: 3, maximumWaiters: 4,
        diagnostics: .init(
          deadlockDelay: .seconds(7), isRecording: false, onDeadlock: .failYoungest),
        blockingInTasks: .trap, describeKey: .hidden)
      #expect(try read([:], defaults: defaults) == defaults)
    }

    @Test func eachKeyIsRead() throws {
      let configuration = try read([
        "fairness": "fifo", "stripeCount": 8, "maximumWaitersPerKey": 5,
        "maximumWaiters": 6,
        "blockingInTasks": "allow", "describeKey": "hidden", "diagnostics.enabled": true,
        "diagnostics.deadlockDelaySeconds": 0.25, "diagnostics.isRecording": false,
        "diagnostics.onDeadlock": "failYoungest",
      ])
      #expect(
        configuration
          == LockTableConfiguration(
            fairness: .fifo, stripeCount: 8, maximumWaitersPerKey: 5, maximumWaiters: 6,
            diagnostics: .init(
              deadlockDelay: .milliseconds(250), isRecording: false, onDeadlock: .failYoungest),
            blockingInTasks: .allow, describeKey: .hidden))
    }

    @Test func environmentVariablesAreRead() throws {
      let provider = EnvironmentVariablesProvider(environmentVariables: [
        "LOCKS_ACCOUNTS_STRIPE_COUNT": "16", "LOCKS_ACCOUNTS_DIAGNOSTICS_ENABLED": "true",
        "LOCKS_ACCOUNTS_DIAGNOSTICS_DEADLOCK_DELAY_SECONDS": "0.5",
      ])
      let configuration = try LockTableConfiguration(
        reader: ConfigReader(provider: provider).scoped(to: "locks.accounts"))
      #expect(configuration.stripeCount == 16)
      #expect(configuration.diagnostics?.deadlockDelay == .milliseconds(500))
    }

    @Test func diagnosticsCanBeTurnedOff() throws {
      let defaults = LockTableConfiguration(diagnostics: .init())
      #expect(try read(["diagnostics.enabled": false], defaults: defaults).diagnostics == nil)
      let without = try read(["diagnostics.deadlockDelaySeconds": 0.25])
      #expect(without.diagnostics == nil)
    }

    @Test(arguments: [
      ("fairness", "none" as ConfigValue, "one of adaptive, fifo"),
      ("stripeCount", 3, "a power of two from 1 to 65536"),
      ("stripeCount", 131_072, "a power of two from 1 to 65536"),
      ("maximumWaitersPerKey", 0, "1 or more"),
      ("maximumWaiters", 0, "1 or more"),
      ("blockingInTasks", "ignore", "one of trap, report, allow"),
      ("describeKey", "no", "one of key, hidden"),
    ])
    func whatATableCannotHaveIsRefused(key: String, value: ConfigValue, allowed: String) throws {
      let error = #expect(throws: LockTableSettingsError.self) { try read([key: value]) }
      #expect(error?.key == key)
      #expect(error?.description.contains(allowed) == true)
    }

    @Test(arguments: [0, -1, 1e10, .nan, .infinity] as [Double])
    func aDelayMustBePositive(seconds: Double) throws {
      #expect(throws: LockTableSettingsError.self) {
        try read([
          "diagnostics.enabled": true,
          "diagnostics.deadlockDelaySeconds": ConfigValue(.double(seconds), isSecret: false),
        ])
      }
    }
  }
#endif
