/// What is explored: who asks for which keys, in which ways, and what may go wrong.
struct LeaseScenario: Sendable, CustomStringConvertible {
  /// One acquisition of a caller.
  struct Turn: Sendable {
    enum Form: Sendable {
      case waits
      case waitsUpTo(Duration)
      case attempt
    }

    var key = "a"
    var form = Form.waits
    /// How long the body sleeps. Nil: it does not.
    var sleeps: Duration?
  }

  /// How often each fault may happen.
  struct Faults: Sendable {
    var lost = 0
    var copied = 0
    var cancelled = 0
    var stolen = 0
    var outages = 0
    /// Runs of a table that end and begin again.
    var runs = 0
  }

  var description: String
  var duration: Duration = .seconds(3)
  var maximumHandOffs = 64
  /// The callers of each table, and what each does, one turn after the other.
  var tables: [[[Turn]]]
  var faults = Faults()
}

extension LeaseScenario.Turn {
  static let waits = Self()
  static func waits(_ key: String, sleeps: Duration? = nil) -> Self {
    Self(key: key, sleeps: sleeps)
  }
  static func waits(upTo limit: Duration, sleeps: Duration? = nil) -> Self {
    Self(form: .waitsUpTo(limit), sleeps: sleeps)
  }
  static let attempt = Self(form: .attempt)
  static func sleeps(_ time: Duration) -> Self { Self(sleeps: time) }
}

extension LeaseScenario {
  /// Small ones, whose schedules are explored one by one.
  static let small = [
    LeaseScenario(
      description: "two tables with a caller each",
      tables: [[[.waits]], [[.waits]]],
      faults: Faults(lost: 1, copied: 1, cancelled: 1, stolen: 1, outages: 1, runs: 1)),
    LeaseScenario(
      description: "two tables with two callers each",
      tables: [[[.waits], [.waits]], [[.waits], [.waits]]],
      faults: Faults(lost: 1, cancelled: 1, stolen: 1, outages: 1)),
    LeaseScenario(
      description: "callers that give up", maximumHandOffs: 2,
      tables: [
        [[.waits(upTo: .seconds(1))], [.waits]], [[.sleeps(.seconds(2))], [.attempt]],
      ],
      faults: Faults(lost: 1, cancelled: 1)),
    LeaseScenario(
      description: "a holder that has to renew",
      tables: [[[.sleeps(.seconds(4))]], [[.waits(upTo: .seconds(2))]]],
      faults: Faults(lost: 1, copied: 1, cancelled: 1, stolen: 1, outages: 1)),
  ]

  /// Larger ones, of which schedules are drawn.
  static let large = [
    LeaseScenario(
      description: "two tables, three callers each, all that can go wrong", maximumHandOffs: 3,
      tables: [
        [
          [.waits, .sleeps(.seconds(2)), .attempt],
          [.waits(upTo: .seconds(2)), .waits, .waits("b")],
          [.attempt, .waits("b", sleeps: .seconds(1)), .waits],
        ],
        [
          [.sleeps(.seconds(1)), .waits, .waits(upTo: .seconds(1))],
          [.waits("b"), .waits(upTo: .milliseconds(100)), .waits],
          [.waits, .sleeps(.seconds(4)), .waits("b")],
        ],
      ],
      faults: Faults(lost: 3, copied: 3, cancelled: 3, stolen: 2, outages: 2, runs: 1)),
    LeaseScenario(
      description: "three tables, one key, no faults", maximumHandOffs: 2,
      tables: Array(
        repeating: [[.waits, .waits, .waits], [.waits, .waits(upTo: .seconds(1)), .waits]], count: 3
      )),
    LeaseScenario(
      description: "three tables, a slow holder, an engine that comes and goes",
      tables: [
        [[.sleeps(.seconds(5)), .sleeps(.seconds(1))], [.waits, .waits]],
        [[.waits, .waits], [.attempt, .waits(upTo: .seconds(3))]],
        [[.waits(upTo: .seconds(4)), .sleeps(.seconds(2))]],
      ],
      faults: Faults(lost: 4, copied: 2, cancelled: 2, outages: 4)),
  ]
}
