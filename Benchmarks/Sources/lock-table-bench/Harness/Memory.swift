import CMachine
import Foundation

/// The process's pages that are in memory; nil where the system does not tell.
enum ResidentMemory {
  static var current: Int? { bytes("VmRSS") }

  /// Since `resetPeak`.
  static var peak: Int? { bytes("VmHWM") }

  static func resetPeak() {
    // Linux's own way; where it is refused the peak is the process's of all time.
    try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
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

/// What a contender's keys cost in memory, in bytes as the C library counts them.
struct MemoryUse: Codable, Sendable {
  /// Of the table before the first key.
  var empty: Int
  /// Of each key that is held.
  var perHeldKey: Double
  /// What is left, of each key, when none is held any more.
  var perReleasedKey: Double
}

let heldKeyCount = 100_000

/// Holds many keys at once and looks at what that allocates; nil where the C library can't tell.
///
/// The keys exist before; a contender that keeps a copy of them is charged for it.
func measureMemory<C: Contender>(make: @escaping @Sendable () -> C) -> MemoryUse? {
  // Each key is held by a stack frame, so there has to be stack for all of them.
  Running.thread(stackBytes: 1 << 29) {
    holdAll((0..<heldKeyCount).map(C.Key.init(number:)), make: make)
  }.join()
}

private func holdAll<C: Contender>(_ keys: [C.Key], make: () -> C) -> MemoryUse? {
  guard let before = allocatedBytes() else { return nil }
  let contender = make()
  let empty = allocatedBytes() ?? 0
  var held = 0
  hold(keys[...], contender) { held = allocatedBytes() ?? 0 }
  let released = allocatedBytes() ?? 0
  return withExtendedLifetime(contender) {
    MemoryUse(
      empty: empty - before,
      perHeldKey: Double(held - empty) / Double(keys.count),
      perReleasedKey: Double(released - empty) / Double(keys.count))
  }
}

/// Holds all keys while `body` runs: the first here, the others in the calls inside.
private func hold<C: Contender>(_ keys: ArraySlice<C.Key>, _ contender: C, _ body: () -> Void) {
  guard let key = keys.first else { return body() }
  contender.run(key) { hold(keys.dropFirst(), contender, body) }
}
