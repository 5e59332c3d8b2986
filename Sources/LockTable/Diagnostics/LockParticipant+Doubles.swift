extension LockParticipant {
  /// Makes a participant, for a test double of an error.
  public init(
    mode: LockMode = .exclusive, acquirer: LockAcquirer? = nil, callSite: String? = nil,
    label: String? = nil, duration: Duration? = nil
  ) {
    self.mode = mode
    self.acquirer = acquirer
    isTask =
      switch acquirer {
      case .task: true
      case .thread: false
      case nil: nil
      }
    self.callSite = callSite
    self.label = label
    self.duration = duration
    serial = 0
  }
}
