import ArgumentParser

enum Distribution: String, CaseIterable, Codable, ExpressibleByArgument {
  case uniform, zipf, single
}

enum KeyType: String, CaseIterable, Codable, ExpressibleByArgument {
  case int, string, uuid
}

enum Waiters: String, CaseIterable, Codable, ExpressibleByArgument {
  case threads, tasks
  /// Every other one is a task, the others are threads.
  case mixed
}

/// One table of the output: the conditions that all of its rows share.
struct Scenario: Codable, Sendable {
  /// Or tasks; see `waiters`.
  var threads: Int
  var waiters = Waiters.threads
  var keyType = KeyType.int
  var keys = 1
  var distribution = Distribution.single
  var holdNanoseconds: UInt64 = 0
  /// So many of a hundred acquisitions are exclusive, the others shared.
  var writes = 100
  /// So many other keys are held meanwhile.
  var held = 0
  /// A task suspends once while it holds the key.
  var yields = false

  /// Are there readers?
  var isShared: Bool { writes < 100 }

  /// How often they want one key at the same time, in words.
  var contention: String {
    switch distribution {
    case _ where threads == 1: "uncontended"
    case .single where writes == 0: "readers only"
    case .single: "always contended"
    case .zipf: "a few hot keys"
    case .uniform where keys >= 100 * threads: "hardly contended"
    case .uniform: "contended"
    }
  }

  var title: String {
    let hold =
      holdNanoseconds > 0
      ? ", held for \(grouped(Int(holdNanoseconds))) ns" : yields ? ", held across an await" : ""
    return "\(brief)\(hold): \(contention)"
  }

  var brief: String {
    let waiters =
      switch waiters {
      case .threads: counted(threads, "thread")
      case .tasks: counted(threads, "task")
      case .mixed: "\(threads - threads / 2) threads and \(threads / 2) tasks"
      }
    let keys = keys == 1 ? "one \(keyType) key" : "\(grouped(keys)) \(keyType) keys"
    let order = distribution == .single ? "" : ", \(distribution)"
    let others = held == 0 ? "" : " beside \(grouped(held)) held ones"
    return "\(waiters), \(keys)\(others)\(order)\(isShared ? ", \(writes) % writes" : "")"
  }
}

extension Scenario {
  /// What is run if nothing else is asked for.
  static let standard = [
    Scenario(threads: 1, keyType: .int),
    Scenario(threads: 1, keyType: .string),
    Scenario(threads: 1, keyType: .int, keys: 100_000, distribution: .uniform),
    Scenario(threads: 2, keyType: .int, keys: 100_000, distribution: .uniform),
    Scenario(threads: 8, keyType: .int, keys: 100_000, distribution: .uniform),
    Scenario(threads: 8, keyType: .int, keys: 100_000, distribution: .zipf),
    Scenario(threads: 8, keyType: .string, keys: 1_000, distribution: .uniform),
    Scenario(threads: 8, keyType: .uuid, keys: 1_000, distribution: .uniform),
    Scenario(threads: 2, keyType: .int),
    Scenario(threads: 8, keyType: .int),
    Scenario(threads: 2, writes: 0),
    Scenario(threads: 2, writes: 5),
    Scenario(threads: 8, writes: 5),
    Scenario(threads: 32, writes: 0),
    Scenario(threads: 1, waiters: .tasks),
    Scenario(threads: 8, waiters: .tasks, keys: 100_000, distribution: .uniform),
    Scenario(threads: 2, waiters: .tasks),
    Scenario(threads: 8, waiters: .tasks),
    Scenario(threads: 8, waiters: .tasks, writes: 5),
    Scenario(threads: 8, waiters: .mixed),
    Scenario(threads: 1, keys: 1_000, distribution: .uniform, held: 10_000),
    Scenario(threads: 2, keys: 100_000, distribution: .uniform, held: 10_000),
    Scenario(threads: 40, waiters: .tasks, keys: 20, distribution: .uniform, yields: true),
    Scenario(threads: 40, waiters: .tasks, keys: 100, distribution: .uniform, yields: true),
  ]
  /// What a report shows: from what should cost nothing to what has to be fought for.
  static let brief = [0, 1, 3, 4, 5, 9, 12, 15, 17, 20, 23].map { standard[$0] }
}
