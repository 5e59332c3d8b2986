internal import CLockTable

/// A thread or a task that acquires keys.
public enum LockAcquirer: Sendable, Hashable, CustomStringConvertible {
  /// A thread. `id` is the system's number for it, which `top -H` and a debugger show. The name is
  /// the one that the thread has when it is shown. A thread that has exited has none.
  case thread(id: UInt64, name: String?)
  /// A task. `id` tells tasks apart that exist at the same time, and one task keeps it. No other
  /// output has the number, so give tasks names.
  case task(id: UInt64, name: String?)

  /// `thread 4711 "worker-3"`, `task 1f2e3d4c`. A name is printed as a literal of Swift: quotes and
  /// control characters are escaped, and a long name is cut off.
  public var description: String {
    guard let name else { return "\(kind) \(number)" }
    return "\(kind) \(number) \(PrintableText.quoted(name))"
  }
}

// The parts of an acquirer for structured logs. Each part is safe to print.
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

/// A participant: it holds a key, or waits for it.
public struct LockParticipant: Sendable, Hashable, CustomStringConvertible {
  /// The mode in which the participant holds the key, or wants it.
  public var mode: LockMode
  /// True for a task or a ``LockTable/Turn``, false for a thread. Nil for a holder without
  /// diagnostics. A task that blocks its thread counts as a thread without diagnostics.
  public var isTask: Bool?
  /// The task or thread that acquired, with diagnostics. If the guard was handed on, another one
  /// may have the hold now. Nil for a ``LockTable/Turn`` that no task awaits yet: what made it does
  /// not wait.
  public var acquirer: LockAcquirer?
  /// Where it acquired, with diagnostics: `Server/Transfers.swift:42`.
  public var callSite: String?
  /// What it acquired for, with diagnostics: the value of ``LockLabel/current``, or what the closure
  /// ``LockTableConfiguration/Diagnostics-swift.struct/label`` returned. Cut off after 39 bytes.
  public var label: String?
  /// How long the participant has held the key, or waited for it. Nil for a holder without
  /// diagnostics. A hold may be shown up to a tick of the system's clock (1–10 ms) longer than it
  /// is. Without diagnostics, the wait of a task under
  /// ``LockTableConfiguration/Fairness/fifo`` may be shown up to a tick of the system's clock
  /// (1–10 ms) longer than it is.
  public var duration: Duration?

  /// A number that no other hold or wait of the process has, but for the hold that a wait becomes.
  /// 0 without diagnostics.
  var serial: UInt64
  /// What the monitor needs to know besides.
  var sight = Sight()

  /// `shared, task 1f2e3d4c "import", request 7, at Server/Transfers.swift:42, for 2.5 s`.
  public var description: String {
    var parts = [mode == .shared ? "shared" : "exclusive"]
    if let acquirer {
      parts.append(acquirer.description)
    } else if sight.isUnawaited {
      parts.append(Self.unawaited)
    } else if let isTask {
      parts.append(isTask ? "a task" : "a thread")
    }
    if let printableLabel {
      parts.append(printableLabel)
    }
    if let callSite {
      parts.append("at \(callSite)")
    }
    if let duration {
      parts.append("for \(duration.brief)")
    }
    return parts.joined(separator: ", ")
  }
}

extension LockParticipant {
  /// What is no part of a description: participants are equal whatever theirs are.
  struct Sight: Sendable, Hashable {
    /// When the hold or wait began, on the clock of the core. 0 if that is not known.
    var began: UInt64 = 0
    /// Whether it is a task that was handed the key and does not run yet. It may have to wait
    /// again.
    var isUnclaimed = false
    /// Whether it is a turn that no task has awaited yet.
    var isUnawaited = false

    static func == (_: Self, _: Self) -> Bool { true }

    func hash(into _: inout Hasher) {}
  }

  package var printableLabel: String? { label.map { PrintableText.escaped($0) } }

  /// `task 1f2e3d4c "import" (request 7)`.
  var who: String {
    let name = acquirer?.description ?? (sight.isUnawaited ? Self.unawaited : "?")
    return name + (printableLabel.map { " (\($0))" } ?? "")
  }

  static var unawaited: String { "a turn that nobody awaits" }

  /// `isHolder`: of a holder without a serial number, only the mode is known.
  init(_ participant: lt_participant_t, isHolder: Bool) {
    let isKnown = participant.serial != 0
    mode = participant.is_shared != 0 ? .shared : .exclusive
    isTask = isKnown || !isHolder ? participant.who.is_task != 0 : nil
    acquirer = isKnown && participant.is_unawaited == 0 ? LockAcquirer(participant.who) : nil
    callSite = participant.who.file.map { "\(String(cString: $0)):\(participant.who.line)" }
    label = withUnsafeBytes(of: participant.who.label, String.init(nameIn:))
    duration =
      isKnown || !isHolder ? .nanoseconds(Int64(clamping: participant.nanoseconds)) : nil
    serial = participant.serial
    sight = Sight(
      began: participant.began, isUnclaimed: participant.is_unclaimed != 0,
      isUnawaited: participant.is_unawaited != 0)
  }
}

extension LockAcquirer {
  init(_ acquirer: lt_acquirer_t) {
    let name = withUnsafeBytes(of: acquirer.name, String.init(nameIn:))
    self =
      acquirer.is_task != 0
      ? .task(id: acquirer.id, name: name) : .thread(id: acquirer.id, name: name)
  }
}

extension String {
  /// The text until the first zero byte; nil if there is none. If it is not UTF-8, or was cut in
  /// the middle of a character, the invalid bytes are replaced.
  fileprivate init?(nameIn bytes: UnsafeRawBufferPointer) {
    self.init(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    if isEmpty { return nil }
  }
}
