import Foundation

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
      command: command ?? typedCommand,
      date: Date.now.formatted(.iso8601),
      system: ProcessInfo.processInfo.operatingSystemVersionString,
      processor: processorName, cores: coreCount, load: loadAverage(), isOptimised: isOptimised,
      floor: floor)
  }

  private static var typedCommand: String {
    let arguments = CommandLine.arguments
    let program = arguments.first.map { URL(fileURLWithPath: $0).lastPathComponent }
    return ([program ?? "lock-table-bench"] + arguments.dropFirst().map(quoted))
      .joined(separator: " ")
  }

  private static func quoted(_ argument: String) -> String {
    argument.contains(" ") || argument.isEmpty ? "'\(argument)'" : argument
  }

  /// Of Linux's list; elsewhere only the architecture is known.
  private static var processorName: String {
    let list = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = list.split(separator: "\n").first { $0.hasPrefix("model name") }
    let name = line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
    #if arch(x86_64)
      return name ?? "x86_64"
    #elseif arch(arm64)
      return name ?? "arm64"
    #else
      return name ?? "unknown"
    #endif
  }
}
