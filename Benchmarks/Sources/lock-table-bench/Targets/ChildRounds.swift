import ArgumentParser
import CMachine
import Foundation
import LockTable

/// What `targets` starts itself as, to measure in a process without membarrier(), and in one with
/// it.
///
/// Each line of the standard input is answered with a line, which is a round.
struct ChildRounds: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "child-rounds", abstract: "Rounds of tasks that hold a key across an await.",
    shouldDisplay: false)

  @Option var tasks: Int
  @Option var keys: Int
  @Option var seconds: Double
  @Flag var withoutMembarrier = false

  static func arguments(tasks: Int, keys: Int, seconds: Double, withoutMembarrier: Bool) -> [String]
  {
    [_commandName, "--tasks", "\(tasks)", "--keys", "\(keys)", "--seconds", "\(seconds)"]
      + (withoutMembarrier ? ["--without-membarrier"] : [])
  }

  func validate() throws {
    try require("--tasks", [tasks], in: Limit.threads)
    try require("--keys", [keys], in: Limit.keys)
    try require("--seconds", [seconds], in: Limit.seconds)
  }

  func run() throws {
    // Before there is a table: when the first one is made the library asks for membarrier().
    let reason = filterCalls()
    let table = Box<LockTable<Int>?>(nil)
    let scenario = Scenario(
      threads: tasks, waiters: .tasks, keys: keys, distribution: .uniform, yields: true)
    // A table for each round, and with it a seed.
    let row = Workload<Int>(scenario).taskRow("LockTable", .lockTable) {
      let new = LockTable<Int>()
      table.value = new
      return LockTableContender(new)
    }
    // A reason is an answer, too: a process that ends would end the one that writes to it.
    while readLine() != nil {
      if let reason {
        print(reason)
      } else {
        let result = row.measure(.throughput, seconds)
        print(try Round(result, table.value?.statistics()).line)
      }
      flushStandardOutput()
    }
  }

  /// Both kinds of process have a filter, as that alone slows down each system call. Returns why
  /// the rounds would not be what they are to be.
  private func filterCalls() -> String? {
    guard machine_filter_calls(withoutMembarrier) else {
      return "the system does not filter calls"
    }
    return switch (machine_has_membarrier(), withoutMembarrier) {
    case (true, false), (false, true): nil
    case (true, true): "the filter does not refuse membarrier()"
    case (false, false): "the system has no membarrier()"
    }
  }
}

extension ChildRounds {
  struct Round: Codable, Equatable {
    /// Of an operation.
    var nanoseconds: Double
    var violations: Int
    var acquisitions: Int
    /// Calls of membarrier().
    var fences: Int
  }
}

extension ChildRounds.Round {
  fileprivate init(_ result: PassResult, _ statistics: LockTableStatistics?) {
    self.init(
      nanoseconds: result.nanoseconds / Double(max(result.operations, 1)),
      violations: result.violations, acquisitions: statistics?.acquisitions ?? 0,
      fences: statistics?.fences ?? 0)
  }

  var line: String {
    get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
  }

  /// A child's answer, which may be the reason why there is no round.
  init(answer: String?) throws {
    guard let answer else { throw NotMeasured(reason: "a child process has ended early") }
    guard let round = try? JSONDecoder().decode(Self.self, from: Data(answer.utf8)) else {
      throw NotMeasured(reason: answer)
    }
    self = round
  }
}

struct NotMeasured: Error, Equatable {
  var reason: String
}
