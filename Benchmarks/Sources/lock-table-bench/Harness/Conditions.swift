import Foundation

struct Conditions: Record {
  static let kind = "conditions"

  var experiment: String
  var summary: String
  /// As it was typed, or as it could have been.
  var command: String
  /// In UTC, as in 2026-01-31T23:59:59Z.
  var date: String
  var system: String
  var processor: String
  var cores: Int
  /// Over one minute: how busy the machine is. Nil where the system does not tell.
  var load: Double?
  var isOptimised: Bool
  var floor: QuickFloor?

  /// More than half of the cores were in use before the run began.
  var isBusy: Bool { load.map { $0 > Double(cores) / 2 } ?? false }

  /// Above everything.
  var text: String {
    let load = load.map { ", load \(decimal($0, 2))" } ?? ""
    let floor = floor.map { "On this machine now: \($0.words)." }
    let busy =
      isBusy
      ? "Something else kept the machine busy before this began: expect wide spreads." : nil
    let lines: [String?] = [
      command, "\(date), \(processor), \(cores) cores\(load), \(system)", summary, floor, busy,
    ]
    return lines.compactMap { $0.map { wrapped($0) } }.joined(separator: "\n")
  }
}

/// The core-to-core hand-off, before and after what it was measured around.
struct MachineClass: Codable, Sendable {
  /// Nanoseconds until another core has seen this one's store: half a round trip.
  var handOffBefore: Double
  var handOffAfter: Double

  /// Beyond this the two are not of one class, and nothing between them is compared.
  static let tolerance = 1.5

  var isSteady: Bool {
    max(handOffBefore, handOffAfter) <= Self.tolerance * min(handOffBefore, handOffAfter)
  }
}

/// Something about rows of that name, for the legend.
struct NoteRecord: Record {
  static let kind = "note"

  var name: String
  var note: String
}

extension Conditions {
  static func now(
    _ experiment: some Experiment, command: String?, floor: QuickFloor
  ) -> Self {
    #if DEBUG
      let isOptimised = false
    #else
      let isOptimised = true
    #endif
    return Self(
      experiment: experiment.name, summary: experiment.summary,
      command: command ?? (["lock-table-bench"] + typedArguments).joined(separator: " "),
      date: Date.now.formatted(.iso8601),
      system: ProcessInfo.processInfo.operatingSystemVersionString,
      processor: systemField("model name", of: "/proc/cpuinfo") ?? architecture,
      cores: coreCount, load: loadAverage(), isOptimised: isOptimised, floor: floor)
  }

  private static var architecture: String {
    #if arch(arm64)
      "arm64"
    #elseif arch(x86_64)
      "x86_64"
    #else
      "unknown processor"
    #endif
  }

  private static var typedArguments: [String] {
    CommandLine.arguments.dropFirst().map { $0.contains(" ") || $0.isEmpty ? "'\($0)'" : $0 }
  }
}
