extension LockTableError: CustomStringConvertible {
  /// One sentence: `account-42 of "accounts" was not free within 500 ms; held for 1.2 s by "POST
  /// /transfer" (Transfer.swift:31)`. It is safe for a line of a log, and has no full stop.
  public var description: String {
    let key = naming.qualified(key), wanted = wanted(of: key), was = wasOrWere
    switch reason {
    case .timedOut:
      return "\(wanted) \(was) not free \(limitInWords)\(holderInWords)"
    case .tooManyWaiters:
      return crowded(key)
    case .closed:
      return """
        \(naming.quotedName ?? "the table") is closed; \(self.wanted(of: self.key)) \(was) not acquired
        """
    case .deadlock:
      return "\(wanted) \(was) not acquired because of a deadlock\(cycleInWords)"
    case .noTimer:
      return """
        \(wanted) \(was) not waited for: the system refused the thread that keeps the deadlines of \
        tasks
        """
    case .exceedsCapacity:
      return exceeding(key)
    }
  }

  /// `account-42`, `a permit of account-42`, `3 permits of account-42`.
  private func wanted(of key: String) -> String {
    guard let permits else { return key }
    return "\(permits.requested == 1 ? "a permit" : "\(permits.requested) permits") of \(key)"
  }

  private var wasOrWere: String { (permits?.requested ?? 1) == 1 ? "was" : "were" }

  private func exceeding(_ key: String) -> String {
    let requested = permits.map { "\($0.requested)" } ?? "number"
    guard let capacity = permits?.capacity else {
      return "\(key) has fewer permits than the \(requested) that were asked for"
    }
    return """
      \(key) has \(capacity) \(capacity == 1 ? "permit" : "permits"), and \(requested) were asked for
      """
  }

  private var limitInWords: String {
    guard let limit else { return "in time" }
    return limit > .zero ? "within \(limit.brief)" : "at once"
  }

  private func crowded(_ key: String) -> String {
    guard let waiterLimit else { return "\(key) has as many waiters already as are allowed" }
    let count = "\(waiterLimit.count) \(waiterLimit.count == 1 ? "waiter" : "waiters")"
    return switch waiterLimit {
    case .key:
      "\(key) has \(count) already, as many as allowed"
    case .call(0):
      "\(wanted(of: key)) \(wasOrWere) not free, and the call may not wait"
    case .call:
      "\(key) has \(count) or more already, as many as the call allows"
    case .table:
      """
      \(naming.quotedName ?? "the table") has \(count) already, as many as allowed; \
      \(wanted(of: self.key)) \(wasOrWere) not waited for
      """
    }
  }

  /// `; held for 1.2 s by "POST /transfer" (Transfer.swift:31)`.
  private var holderInWords: String {
    guard let holder else { return "" }
    let mode = permits != nil ? "one is held" : holder.mode == .shared ? "shared" : "held"
    let duration = holder.duration.map { " for \($0.brief)" } ?? ""
    return "; \(mode)\(duration) by \(holder.inBrief)"
  }

  /// `: "GET /a" (A.swift:1) waits for 7, held by "GET /b" (B.swift:2), which waits for 8, behind …`.
  private var cycleInWords: String {
    guard let first = cycle.first else { return "" }
    let links = cycle.map { link in
      let key = TableNaming.qualified(
        PrintableText.escaped(link.key, as: .described), of: link.tableName)
      let relation = link.isHeldByBlocker ? "held by" : "behind"
      return "waits for \(key), \(relation) \(link.blocker.inBrief)"
    }
    return ": \(first.waiter.inBrief) " + links.joined(separator: ", which ")
  }
}

extension LockParticipant {
  /// `"POST /transfer" (Transfer.swift:31)`: the label, or else the acquirer, and the place without
  /// the module.
  var inBrief: String {
    let name =
      label.map { PrintableText.quoted($0) } ?? acquirer?.description
      ?? (sight.isUnawaited ? Self.unawaited : nil)
      ?? isTask.map { $0 ? "a task" : "a thread" } ?? "another caller"
    guard let place = callSite?.split(separator: "/").last else { return name }
    return "\(name) (\(PrintableText.escaped(String(place), as: .described)))"
  }
}
