import ArgumentParser
import CMachine
import Foundation
import LockTableLeases

/// What `leases` starts itself as, twice: a process whose tasks want the key that another process wants.
///
/// Each line of the standard input is answered with a line, which is a round; the first one with
/// nothing, as soon as leases can be had.
struct LeaseChild: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lease-child", abstract: "Tasks that want one lease.", shouldDisplay: false)

  @Option var directory: String?
  @Option var postgres: String?
  @Option var witness: String
  @Option var tasks: Int
  @Option var hold: UInt64
  @Option var seconds: Double
  /// A table, and so a store, for each task.
  @Flag var withoutFront = false

  static func arguments(
    _ place: LeasePlace, witness: String, _ work: LeaseWork, withoutFront: Bool
  ) -> [String] {
    let store: [String] =
      switch place {
      case .memory: []
      case .directory(let path): ["--directory", path]
      case .postgres(let connection): ["--postgres", connection]
      }
    return [_commandName] + store + [
      "--witness", witness, "--tasks", "\(work.tasks)", "--hold", "\(work.hold)",
      "--seconds", "\(work.seconds)",
    ] + (withoutFront ? ["--without-front"] : [])
  }

  var place: LeasePlace {
    get throws {
      switch (directory, postgres) {
      case (let path?, nil): .directory(path)
      case (nil, let connection?): .postgres(connection)
      default: throw ValidationError("Either '--directory' or '--postgres'.")
      }
    }
  }

  func run() throws {
    guard let number = file_shared_number(witness) else {
      throw NotMeasured(reason: "no file can be shared")
    }
    let witness = Witness(number)
    let place = try place
    let tables = try (0..<(withoutFront ? tasks : 1)).map { _ in
      try RunningTable(place, handOffs: withoutFront ? 1 : 64)
    }
    while readLine() != nil {
      let answer: String
      do {
        answer = try throwing { [self] in try await round(tables, witness).line }
      } catch {
        answer = "\(error)"
      }
      print(answer)
      flushStandardOutput()
    }
    blocking { for table in tables { await table.stop() } }
  }

  /// All tasks want the key until the time is up. The last turn of each comes after that, and does not
  /// count.
  private func round(_ tables: [RunningTable], _ witness: Witness) async throws -> Round {
    for table in tables { try await table.check() }
    let before = tables.map { $0.leases.statistics() }
    let end = monotonicNanoseconds() + UInt64(seconds * 1e9)
    var round = Round(acquisitions: 0, entries: 0, handOffs: 0)
    try await withThrowingTaskGroup(of: (acquisitions: Int, entries: Int).self) { group in
      for task in 0..<tasks {
        let leases = tables[task % tables.count].leases
        group.addTask { [hold] in
          var (acquisitions, entries) = (0, 0)
          while monotonicNanoseconds() < end {
            try await leases.withLease("key") { _ in witness.enter(nanoseconds: hold) }
            entries += 1
            if monotonicNanoseconds() < end { acquisitions += 1 }
          }
          return (acquisitions, entries)
        }
      }
      for try await part in group {
        round.acquisitions += part.acquisitions
        round.entries += part.entries
      }
    }
    for (table, before) in zip(tables, before) {
      round.handOffs += table.leases.statistics().handOffs - before.handOffs
    }
    return round
  }
}

/// How many tasks a process has, and for how many nanoseconds each has the key.
struct LeaseWork {
  var tasks = 8
  var hold: UInt64 = 20_000
  var seconds: Double
}

extension LeaseChild {
  struct Round: Codable, Equatable, Sendable {
    /// Before the time was up.
    var acquisitions: Int
    /// All of them.
    var entries: Int
    var handOffs: Int

    var line: String {
      get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
    }
  }
}

extension LeaseChild.Round {
  /// A child's answer, which may be the reason why there is no round.
  init(answer: String?) throws {
    guard let answer else { throw NotMeasured(reason: "a child process has ended early") }
    guard let round = try? JSONDecoder().decode(Self.self, from: Data(answer.utf8)) else {
      throw NotMeasured(reason: answer)
    }
    self = round
  }
}

/// A number in a file that all processes map, and increment as if each were alone. What is missing at
/// the end are holders that were not.
final class Witness: @unchecked Sendable {
  // Sound to share: the leases order all uses, as far as they are what they should be, and what is
  // read otherwise is a number all the same.
  private let number: UnsafeMutablePointer<UInt64>

  init(_ number: UnsafeMutablePointer<UInt64>) { self.number = number }

  convenience init(path: String) throws {
    guard let number = file_shared_number(path) else {
      throw NotMeasured(reason: "no file can be shared")
    }
    self.init(number)
  }

  var count: Int { Int(number.pointee) }

  func enter(nanoseconds: UInt64) { enter { spin(nanoseconds: nanoseconds) } }

  func enter(_ body: () -> Void) {
    let before = number.pointee
    body()
    number.pointee = before + 1
  }
}
