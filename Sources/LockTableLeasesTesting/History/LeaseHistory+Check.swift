internal import LockTable

// What is read from a history.

extension LeaseHistory {
  /// Returns what must not have happened, as sentences, none if all is well:
  ///
  /// - a write that was accepted after one with a larger token;
  /// - a token that two holds of a key have;
  /// - a hold with a smaller token than another, although its holder asked for the key only after
  ///   that one had ended;
  /// - a hold that has ended without a beginning.
  ///
  /// The entries have the order in which they were written down.
  public static func check(_ entries: [Entry]) -> [String] {
    var violations: [String] = []
    for (key, entries) in Dictionary(grouping: entries, by: \.key).sorted(by: { $0.key < $1.key }) {
      violations += checkWrites(entries, of: key)
      violations += checkHolds(entries, of: key)
    }
    return violations
  }

  private static func checkWrites(_ entries: [Entry], of key: String) -> [String] {
    var violations: [String] = []
    var largest = Int64.min
    for entry in entries where entry.kind == .accepted {
      if entry.token < largest {
        violations.append(
          "\(key): a write with token \(entry.token) was accepted after one with \(largest)")
      }
      largest = max(largest, entry.token)
    }
    return violations
  }

  private static func checkHolds(_ entries: [Entry], of key: String) -> [String] {
    var violations: [String] = []
    var begun: Set<Int64> = []
    // The largest token of a hold that had ended by a time, in the order of these times.
    var ends: [(time: Duration, largest: Int64)] = []
    for entry in entries {
      switch entry.kind {
      case .began:
        if !begun.insert(entry.token).inserted {
          violations.append("\(key): two holds have the token \(entry.token)")
        }
        let asked = entry.askedAt ?? entry.time
        if let before = ends.last(where: { $0.time < asked }), before.largest > entry.token {
          violations.append(
            "\(key): a hold has the token \(entry.token), and one that had ended before it was "
              + "asked for has \(before.largest)")
        }
      case .ended:
        if !begun.contains(entry.token) {
          violations.append("\(key): a hold ended that had not begun, with token \(entry.token)")
        }
        ends.append((entry.time, max(entry.token, ends.last?.largest ?? .min)))
      case .accepted, .rejected: break
      }
    }
    return violations
  }

  /// Returns where two holders of a key believed in it at one time. Leases allow that while a holder
  /// has not learned yet that it has lost its lease; tokens keep it harmless.
  public static func overlaps(in entries: [Entry]) -> [LeaseOverlap] {
    var overlaps: [LeaseOverlap] = []
    for (key, entries) in Dictionary(grouping: entries, by: \.key).sorted(by: { $0.key < $1.key }) {
      var open: [Int64: Duration] = [:]
      for entry in entries {
        if entry.kind == .began {
          open[entry.token] = entry.time
        } else if entry.kind == .ended, let began = open.removeValue(forKey: entry.token) {
          for (token, otherBegan) in open.sorted(by: { $0.key < $1.key }) {
            overlaps.append(
              LeaseOverlap(
                key: key, tokens: [min(token, entry.token), max(token, entry.token)],
                duration: entry.time - max(began, otherBegan)))
          }
        }
      }
    }
    return overlaps
  }
}
