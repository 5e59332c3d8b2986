internal import CLockTable

/// Looks at conditions whenever a caller has joined the queue of a key, of any table.
enum JoinWatch {
  static let conditions: Conditions = {
    // The core calls this on the thread of the caller that joined, with no lock held.
    lt_set_join_hook { JoinWatch.conditions.look() }
    return Conditions()
  }()
}
