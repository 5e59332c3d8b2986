/// Measures the timeouts and deadlines of a table, in place of the system's clock. For tests:
/// `LockTableTesting` has one that a test advances by hand.
///
/// A table asks its clock only where a call with a limit finds its key held. The limits of a table
/// without a clock of its own are kept by the core, for less.
public protocol LockClock: AnyObject, Sendable {
  /// The time since some moment that stays the same. Never falls.
  var time: Duration { get }

  /// Calls `action` once, as soon as ``time`` has come that far; at once if it has already. The call
  /// may be on any thread, also on the caller's. The clock must hold no lock during the call, as
  /// `action` may use the clock and may drop the last reference to anything.
  ///
  /// - Returns: A function that cancels the call, and that is called at most once. If it comes too
  ///   late, it does nothing.
  func schedule(at time: Duration, _ action: @escaping @Sendable () -> Void)
    -> @Sendable () -> Void
}
