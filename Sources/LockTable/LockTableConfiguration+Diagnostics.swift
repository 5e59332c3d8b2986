extension LockTableConfiguration {
  /// What a table records for those that inspect it.
  public struct Diagnostics: Sendable, Hashable {
    /// How long a wait must last before the table searches for a deadlock. A second by default.
    public var deadlockDelay: Duration

    /// Whether the table records from the start. ``LockTable/isRecording`` changes it later.
    public var isRecording: Bool

    /// What happens to a deadlock that is found. ``DeadlockPolicy/report`` by default.
    public var onDeadlock: DeadlockPolicy

    /// Makes the label of each acquisition: what it is for, as ``LockParticipant/label`` and all
    /// text show it. Nil, the default, stands for ``LockLabel/current``.
    ///
    ///     Diagnostics(label: { ServiceContext.current?.requestID })
    ///
    /// While the table records, each call that acquires calls the closure once, before it takes or
    /// waits for its first key, on the caller's thread and in its task. If the closure returns nil,
    /// the acquisition has no label. The table keeps the first 39 bytes of UTF-8, and no part of a
    /// character. The closure's time is a part of each acquisition's.
    ///
    /// The closure may acquire keys, of any table. What it acquires has no label. But the rule
    /// against reentrance holds: the closure waits for ever for a key that its caller holds.
    public var label: (@Sendable () -> String?)? {
      get { labelMaker?.make }
      set { labelMaker = newValue.map(LabelMaker.init) }
    }

    /// Decides what happens to a deadlock that is found.
    public enum DeadlockPolicy: Sendable, Hashable {
      /// The hooks for deadlocks are called. The acquirers go on waiting.
      case report

      /// Of the waits of the deadlock, the one that began last is failed, and the others go on: its
      /// call throws a ``LockTableError`` with the reason ``LockTableError/Reason/deadlock`` and the
      /// whole ``LockTableError/cycle``. The hooks for deadlocks are called as well.
      ///
      /// Only calls that can throw that error are failed: all forms for tasks but those that can't
      /// be cancelled, and the forms for threads that have a limit. If no call of the deadlock is
      /// one, the deadlock stays, and is only reported. In a deadlock through several tables, only
      /// waits for keys of tables with this policy are failed.
      ///
      /// Needs no hook. The search takes a thread, which the table starts once a wait has begun,
      /// and which sleeps while nobody waits.
      case failYoungest
    }

    private var labelMaker: LabelMaker?

    /// Closures can't be compared.
    private final class LabelMaker: Sendable, Hashable {
      let make: @Sendable () -> String?

      init(_ make: @escaping @Sendable () -> String?) {
        self.make = make
      }

      static func == (left: LabelMaker, right: LabelMaker) -> Bool { left === right }

      func hash(into hasher: inout Hasher) {
        hasher.combine(ObjectIdentifier(self))
      }
    }

    /// Makes a configuration of diagnostics. With a closure, it equals its copies only.
    public init(
      deadlockDelay: Duration = .seconds(1), isRecording: Bool = true,
      onDeadlock: DeadlockPolicy = .report, label: (@Sendable () -> String?)? = nil
    ) {
      self.deadlockDelay = deadlockDelay
      self.isRecording = isRecording
      self.onDeadlock = onDeadlock
      labelMaker = label.map(LabelMaker.init)
    }
  }
}
