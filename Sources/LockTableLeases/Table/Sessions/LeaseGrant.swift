internal import LockTable

/// One grant of the engine's, which callers of this process may hold one after the other.
///
/// A grant is one of these, and each row is what becomes of it. A dash: nothing, and the caller is told
/// so. Late is a grant that was not renewed for two thirds of the duration.
///
/// |                          | `kept`               | `held`                        | `over` | `lost` |
/// |--------------------------|----------------------|-------------------------------|--------|--------|
/// | ``begin(for:)``          | `held`; late: -      |                               | -      | -      |
/// | ``end(keeps:)``          |                      | `kept`, `over`; late: `lost`  |        | -      |
/// | ``giveUp()``             | `over`               | `over`                        | -      | -      |
/// | ``lose(_:)``             | `lost`               | `lost`, and cancels the body  | -      | -      |
/// | ``attach(_:)``           |                      | `held`                        |        | -      |
/// | ``renew(sent:)``         | `kept`; late: -      | `held`; late: -               | `over` | `lost` |
///
/// Nobody is told of a loss between two holds, as nobody had the key: the next caller asks the engine.
/// What does not begin, or is lost, is given back by ``LeaseSession/giveBackLost(_:)``, unless the
/// engine has said that it is another's.
final class LeaseGrant: Sendable {
  /// How far a grant has come.
  private enum Stage {
    /// Nobody holds it; the next caller may.
    case kept
    case held
    /// It was given back to the engine, or that has begun. The last holder learns how it ends.
    case over
    case lost(LeaseLostError.Reason)
  }

  private struct State {
    var stage = Stage.kept
    /// When the request was sent that was the last one to succeed.
    var renewed: Duration
    /// When the last request was sent. The engine may have carried it out, whatever was heard of it.
    var sent: Duration
    /// The number of the hold that is next or present, from 0.
    var number = 0
    var body: ChildTask?
  }

  /// How a hold ends.
  enum HoldEnd {
    /// The next caller may have the grant.
    case kept
    /// The grant goes back to the engine.
    case over
    /// `isNew`: nobody was told so far.
    case lost(LeaseLostError.Reason, isNew: Bool)
  }

  let context: LeaseContext
  let claim: LeaseClaim
  /// The key in words.
  let key: String
  private let engineToken: Int64
  private let granted: Duration
  private let state: Guarded<State>

  init(
    _ claim: LeaseClaim, key: String, engineToken: Int64, sent: Duration, context: LeaseContext
  ) {
    self.context = context
    self.claim = claim
    self.key = key
    self.engineToken = engineToken
    granted = sent
    state = Guarded(State(renewed: sent, sent: sent))
  }

  /// The token of a hold. Later holds have larger ones, as 64 of them fit between two grants.
  func token(of number: Int) -> Int64 { engineToken << 6 | Int64(number) }

  /// Begins a hold, whose loss cancels `body`. Returns its number, or nil if the grant can't be had any
  /// more.
  func begin(for body: ChildTask?) -> Int? {
    // The clock is read only if a lease can be late.
    let now = context.renews ? context.clock.time : .zero
    return state.withValue { state in
      guard case .kept = state.stage, !isLate(state, now) else { return nil }
      state.stage = .held
      state.body = body
      return state.number
    }
  }

  /// Ends the hold.
  ///
  /// - Parameter keeps: Whether another caller may have the grant, if it is fit for that.
  func end(keeps: Bool) -> HoldEnd {
    let now = context.clock.time
    return state.withValue { state in
      state.body = nil
      switch state.stage {
      case .lost(let reason): return .lost(reason, isNew: false)
      case .kept, .over: return .over
      case .held: break
      }
      if isLate(state, now) {
        state.stage = .lost(.notRenewed)
        return .lost(.notRenewed, isNew: true)
      }
      let isYoung = now - granted < context.third
      guard keeps, isYoung, state.number + 1 < context.configuration.maximumHandOffs else {
        state.stage = .over
        return .over
      }
      state.stage = .kept
      state.number += 1
      return .kept
    }
  }

  /// Takes the grant out of use. Returns whether it has to be released.
  func giveUp() -> Bool {
    state.withValue { state in
      switch state.stage {
      case .kept, .held:
        state.stage = .over
        return true
      case .over, .lost: return false
      }
    }
  }

  /// Notes a loss, and returns the number of the hold that it ends.
  ///
  /// - Parameter body: What has to be cancelled.
  func lose(_ reason: LeaseLostError.Reason) -> (number: Int, body: ChildTask?)? {
    state.withValue { state in
      switch state.stage {
      case .held:
        state.stage = .lost(reason)
        defer { state.body = nil }
        return (state.number, state.body)
      case .kept:
        state.stage = .lost(reason)
        return nil
      case .over, .lost:
        return nil
      }
    }
  }

  /// Has `body` cancelled with the loss of the present hold. Returns whether it is lost already.
  func attach(_ body: ChildTask) -> Bool {
    state.withValue { state in
      guard case .held = state.stage else { return true }
      state.body = body
      return false
    }
  }

  /// Notes that a renewal is about to be sent.
  func willRenew(sent: Duration) {
    state.withValue { $0.sent = max($0.sent, sent) }
  }

  /// Notes a renewal. One that is answered when the lease has to be given up already comes too late:
  /// its holder may have been told.
  func renew(sent: Duration) {
    let now = context.clock.time
    state.withValue { state in
      guard !isLate(state, now) else { return }
      state.renewed = max(state.renewed, sent)
    }
  }
}

extension LeaseGrant {
  private func isLate(_ state: State, _ now: Duration) -> Bool {
    context.deadline(sent: state.renewed).map { $0 <= now } ?? false
  }

  /// Whether the engine keeps the grant for long enough for anybody to begin a hold.
  var isCertain: Bool {
    let now = context.clock.time
    return state.withValue { !isLate($0, now) }
  }

  /// Whether the engine may still have the grant.
  var mayBeKnown: Bool {
    state.withValue { state in
      if case .lost(.taken) = state.stage { false } else { true }
    }
  }

  /// When the last request was sent that succeeded. Nil if nothing is to be renewed any more.
  var renewedIfInUse: Duration? {
    state.withValue { state in
      switch state.stage {
      case .kept, .held: state.renewed
      case .over, .lost: nil
      }
    }
  }

  /// When the lease has to be given up if it is not renewed. Nil is never.
  var deadline: Duration? { context.deadline(sent: state.withValue { $0.renewed }) }

  /// Until when the engine may keep the grant.
  var end: Duration { state.withValue { $0.sent } + context.duration }

  /// Nil if that hold is valid.
  func invalidity(of number: Int) -> LeaseLostError.Reason? {
    let now = context.clock.time
    return state.withValue { state in
      switch state.stage {
      case .held where state.number == number: isLate(state, now) ? .notRenewed : nil
      case .lost(let reason) where state.number == number: reason
      case .kept, .held, .over, .lost: .released
      }
    }
  }
}
