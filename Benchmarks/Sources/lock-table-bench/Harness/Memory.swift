import CMachine
import Foundation

/// The process's pages that are in memory; nil where the system does not tell.
enum ResidentMemory {
  static var current: Int? { bytes("VmRSS") }

  /// Since `resetPeak`.
  static var peak: Int? { bytes("VmHWM") }

  static func resetPeak() {
    // Linux's own way; where it is refused the peak is the process's of all time.
    guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return }
    try? file.write(contentsOf: Data("5".utf8))
    try? file.close()
  }

  /// What the allocator keeps for later goes back to the system.
  static func giveBack() {
    #if canImport(Darwin)
      malloc_zone_pressure_relief(nil, 0)
    #elseif canImport(Glibc)
      malloc_trim(0)
    #endif
  }

  private static func bytes(_ field: String) -> Int? {
    let kilobytes = systemField(field, of: "/proc/self/status")?.prefix(while: \.isNumber)
    return kilobytes.flatMap { Int($0) }.map { $0 * 1_024 }
  }
}
