/// A key that is held or waited for, in a snapshot or in a report.
protocol KeyState {
  var name: String { get }
  var mode: LockMode? { get }
  var holderCount: Int { get }
  var capacity: Int? { get }
  var waiterCount: Int { get }
  var holders: [LockParticipant] { get }
  var waiters: [LockParticipant] { get }
}

extension KeyState {
  /// `account-42: held exclusively, 2 waiting`, and a line for each participant.
  var lines: String {
    let listed =
      holders.map { "\n  held: \($0)" } + unlistedHolders
      + waiters.map { "\n  waits: \($0)" } + unlisted(waiterCount - waiters.count, of: waiters)
    return "\(name): \(modeInWords), \(waiterCount) waiting" + listed.joined()
  }

  /// `held exclusively`, `shared by 3`, `free`; `2 of 3 permits out`. Without diagnostics the mode is
  /// known as well.
  var modeInWords: String {
    if let capacity {
      return "\(holderCount) of \(capacity) \(capacity == 1 ? "permit" : "permits") out"
    }
    return switch mode {
    case .exclusive: "held exclusively"
    case .shared: "shared by \(holderCount)"
    case nil: "free"
    }
  }

  /// A holder may have several permits, so that it is not known how many holders there are.
  private var unlistedHolders: [String] {
    capacity == nil ? unlisted(holderCount - holders.count, of: holders) : []
  }

  private func unlisted(_ count: Int, of listed: [LockParticipant]) -> [String] {
    count > 0 && !listed.isEmpty ? ["\n  … and \(count) more"] : []
  }
}

enum KeyStates {
  /// The lines of each key. The last line says if keys are missing.
  static func description(of keys: [some KeyState], areAll: Bool) -> String {
    guard !keys.isEmpty || !areAll else { return "no key is held or waited for" }
    let remark = areAll ? [] : ["there was no memory to inspect all keys"]
    return (keys.map(\.lines) + remark).joined(separator: "\n")
  }
}
