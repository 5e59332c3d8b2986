import ArgumentParser

/// What the server can lock accounts with.
enum ServerLock: String, CaseIterable, Codable, Sendable, ExpressibleByArgument {
  case locktable
  case actor
  case mutexDictionary = "mutex-dictionary"
  case none

  /// A row's name.
  var title: String {
    switch self {
    case .locktable: "LockTable"
    case .actor: "actor of continuations"
    case .mutexDictionary: "refcounted semaphores"
    case .none: "no lock"
    }
  }

  var role: Role {
    switch self {
    case .locktable: .lockTable
    case .actor, .mutexDictionary: .exact
    case .none: .loop
    }
  }
}
