internal import CLockTable

/// How a key is held, or wanted.
public enum LockMode: Sendable, Hashable {
  /// By one, alone.
  case exclusive
  /// By any number of readers.
  case shared
}

/// A thread or a task that acquires keys.
public enum LockAcquirer: Sendable, Hashable, CustomStringConvertible {
  /// A thread, by the system's number for it, which is what `top -H` and a debugger show.
  case thread(id: UInt64, name: String?)
  /// A task. The number tells tasks apart that exist at the same time, and is the same for all that
  /// one task does; it is in no other output. Give tasks names.
  case task(id: UInt64, name: String?)

  /// `thread 4711 "worker-3"`, `task 1f2e3d4c`. A name is printed as in a literal of Swift, with
  /// quotes and control characters escaped, and cut off if it is long.
  public var description: String {
    guard let name else { return "\(kind) \(number)" }
    return "\(kind) \(number) \(PrintableText.quoted(name))"
  }
}

// For structured logs, each on its own and fit to be printed.
extension LockAcquirer {
  package var kind: String {
    switch self {
    case .thread: "thread"
    case .task: "task"
    }
  }

  package var number: String {
    switch self {
    case .thread(let id, _): String(id)
    case .task(let id, _): String(id, radix: 16)
    }
  }

  package var printableName: String? { name.map { PrintableText.escaped($0) } }

  private var name: String? {
    switch self {
    case .thread(_, let name), .task(_, let name): name
    }
  }
}

/// Somebody who holds a key, or waits for it.
public struct LockParty: Sendable, Hashable, CustomStringConvertible {
  /// How the key is held, or wanted.
  public var mode: LockMode
  /// A suspended task, or a thread? Nil for a holder without diagnostics.
  public var isTask: Bool?
  /// Who acquired, with diagnostics. Of a hold whose guard was handed over, that is not who has it
  /// now.
  public var acquirer: LockAcquirer?
  /// For how long: since the key was acquired, or since the wait for it began. Nil for a
  /// holder without diagnostics. Without diagnostics, the wait of a task under
  /// ``LockTableConfiguration/Fairness/fifo`` may be told as up to a tick of the system's clock (1–10 ms)
  /// longer than it is.
  public var duration: Duration?

  /// Tells this hold or wait from all others of the table; 0 without diagnostics.
  var serial: UInt64

  /// `shared, task 1f2e3d4c "import", for 2.5 seconds`.
  public var description: String {
    var parts = [mode == .shared ? "shared" : "exclusive"]
    if let acquirer {
      parts.append(acquirer.description)
    } else if let isTask {
      parts.append(isTask ? "a task" : "a thread")
    }
    if let duration {
      parts.append("for \(duration)")
    }
    return parts.joined(separator: ", ")
  }
}

extension LockParty {
  /// `isHolder`: of whom, without a serial number, nothing is known.
  init(_ party: lt_participant_t, isHolder: Bool) {
    let isKnown = party.serial != 0
    mode = party.is_shared != 0 ? .shared : .exclusive
    isTask = isKnown || !isHolder ? party.who.is_task != 0 : nil
    acquirer = isKnown ? LockAcquirer(party.who) : nil
    duration = isKnown || !isHolder ? .nanoseconds(Int64(clamping: party.nanoseconds)) : nil
    serial = party.serial
  }
}

extension LockAcquirer {
  init(_ who: lt_acquirer_t) {
    // Of a name that is not UTF-8, or was cut in the middle of a character, the rest is replaced.
    let text = withUnsafeBytes(of: who.name) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    let name = text.isEmpty ? nil : text
    self = who.is_task != 0 ? .task(id: who.id, name: name) : .thread(id: who.id, name: name)
  }
}
