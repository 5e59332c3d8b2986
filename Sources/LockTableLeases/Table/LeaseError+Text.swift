internal import LockTable

extension LeaseError: CustomStringConvertible {
  /// One sentence: `account-42 of "orders" was not free within 500 ms; held by process 4711 of web-3`.
  /// It is safe for a line of a log, and has no full stop.
  public var description: String {
    let key = qualified(key, namespace)
    switch reason {
    case .timedOut:
      return "\(key) was not free \(limitInWords)\(holderInWords)"
    case .tooManyWaiters:
      return "\(key) has as many waiters already as are allowed\(holderInWords)"
    case .notRunning:
      return "\(key) was not acquired, as the table's run() does not run\(storeInWords)"
    case .storeRefuses:
      return "the engine refused \(key)\(storeInWords)"
    case .storeUnavailable:
      return "the engine did not answer \(limitInWords) for \(key)\(storeInWords)"
    case .keyTooLong:
      return "the name of \(key) is longer than \(LeaseName.maximumLength) bytes"
    }
  }

  private var limitInWords: String {
    guard let limit else { return "in time" }
    return limit > .zero ? "within \(limit.brief)" : "at once"
  }

  private var holderInWords: String {
    guard let process = holder?.process else { return "" }
    return "; held by process \(process.number) of \(printable(process.host))"
  }

  private var storeInWords: String {
    storeError.map { ": \(printable($0.description))" } ?? ""
  }
}

extension LeaseLostError: CustomStringConvertible {
  /// One sentence: `the lease of account-42 of "orders" (token 4711) was lost: it was not renewed in
  /// time`.
  public var description: String {
    let lease = "the lease of \(qualified(key, namespace)) (token \(fencingToken))"
    return switch reason {
    case .notRenewed: "\(lease) was lost: it was not renewed in time"
    case .taken: "\(lease) was lost: the engine says that another has it, or nobody"
    case .notConfirmed:
      "\(lease) may have been lost: its release was not confirmed while it was certain"
    case .runEnded: "\(lease) was taken back: the table's run() has ended"
    case .released: "\(lease) is not held any more: its holder has released it"
    }
  }
}

extension LeaseEvent: CustomStringConvertible {
  /// One sentence.
  public var description: String {
    switch self {
    case .suspended(let error): "the engine can't be reached: \(printable(error.description))"
    case .resumed: "the engine can be reached again"
    case .lost(let error): error.description
    }
  }
}

private func qualified(_ key: String, _ namespace: String) -> String {
  "\(printable(key)) of \"\(printable(namespace))\""
}

/// Text that is safe on a line of a log, as the table in front would print it.
private func printable(_ text: String) -> String {
  LockTableError(.timedOut, key: text).key
}
