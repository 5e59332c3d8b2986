#if Postgres
  internal import LockTableLeases

  /// What PostgreSQL, or the connection to it, says in place of an answer.
  public struct PostgresSessionError: Error, Sendable, Hashable {
    /// The server's code, five characters. Nil if the error is the connection's: it broke, was
    /// closed, or could not be made.
    public var sqlState: String?
    /// What was wrong, as one sentence.
    public var message: String
    /// The server can be reached and refused the connection, for a reason that the client does not
    /// know by code: an unknown role or database, or a wrong password.
    public var isRefusal: Bool

    /// Makes an error.
    public init(_ message: String, sqlState: String? = nil, isRefusal: Bool = false) {
      self.message = message
      self.sqlState = sqlState
      self.isRefusal = isRefusal
    }
  }

  extension PostgresSessionError: CustomStringConvertible {
    /// The message, and the code in parentheses.
    public var description: String { sqlState.map { "\(message) (\($0))" } ?? message }
  }

  /// What the store does about an error.
  enum PostgresRemedy: Equatable {
    /// The session is of no use any more: connect anew, and ask again.
    case reconnect
    /// One key or request of several is in the way: ask again for each alone.
    case separate
    /// Ask again later.
    case wait
    /// Tell people.
    case giveUp
  }

  extension PostgresSessionError {
    var remedy: PostgresRemedy {
      guard let sqlState else { return isRefusal ? .giveUp : .reconnect }
      return switch sqlState {
      // "cached plan must not change result type": the table was altered.
      case "26000", "0A000", "25006", "57P01", "57P02", "57P03", "57P05": .reconnect
      case "53300": .reconnect
      case "55P03", "40001", "40P01", "57014": .separate
      default:
        switch sqlState.prefix(2) {
        case "08": .reconnect
        case "53", "58", "55", "25", "XX": .wait
        case "21", "22", "23", "54": .separate
        default: .giveUp
        }
      }
    }

    /// Whether waiting can help. What a request was refused for by its contents is the same the
    /// next time.
    var isTransient: Bool {
      switch remedy {
      case .reconnect, .wait: true
      case .separate: !["21", "22", "23", "54"].contains(sqlState.map { String($0.prefix(2)) })
      case .giveUp: false
      }
    }

    var forStore: LeaseStoreError {
      LeaseStoreError(
        isTransient ? .transient : .configuration, message, code: sqlState)
    }
  }
#endif
