internal import LockTable

/// What happens to one call of a ``FaultyLeaseStore``. Without arguments: nothing bad.
public struct LeaseFault: Sendable, Hashable {
  /// What happens to a message.
  public enum Delivery: Sendable, Hashable {
    /// It arrives.
    case atOnce
    /// It arrives so much later.
    case after(Duration)
    /// It arrives when the test says so. See ``FaultyLeaseStore/held``.
    case held
    /// It does not arrive, and the call fails in a way that may pass.
    case lost
  }

  /// What happens to the request. If it is lost, the engine knows nothing of it.
  public var request: Delivery
  /// What happens to the answer. If it is lost, the engine has carried out the request.
  public var answer: Delivery
  /// When the engine gets a second copy of the request, of which nobody hears. Nil: there is none.
  public var copy: Delivery?

  /// Makes a fault.
  public init(
    request: Delivery = .atOnce, answer: Delivery = .atOnce, copy: Delivery? = nil
  ) {
    self.request = request
    self.answer = answer
    self.copy = copy
  }

  /// Nothing bad.
  public static let none = LeaseFault()
  /// The request and the answer wait for the test.
  public static let held = LeaseFault(request: .held, answer: .held)
  /// The engine knows nothing of the call.
  public static let requestLost = LeaseFault(request: .lost)
  /// The engine has carried out the call.
  public static let answerLost = LeaseFault(answer: .lost)
}

/// Says what happens to each call of a ``FaultyLeaseStore``.
public struct LeaseFaultPlan: Sendable {
  private let fault: @Sendable (LeaseCall) -> LeaseFault

  /// Makes a plan. The function is called once for each call, on any thread, also for
  /// one that fails as the store is interrupted.
  public init(_ fault: @escaping @Sendable (LeaseCall) -> LeaseFault) {
    self.fault = fault
  }

  /// Returns what happens to a call, which is counted as one by that.
  public func callAsFunction(_ call: LeaseCall) -> LeaseFault { fault(call) }

  /// Nothing bad happens.
  public static let none = LeaseFaultPlan { _ in .none }

  /// Each request and each answer waits for the test.
  public static let held = LeaseFaultPlan { _ in .held }

  /// The faults happen to the next calls that the predicate picks, one after the other.
  public static func script(
    _ faults: [LeaseFault], to isMeant: @escaping @Sendable (LeaseCall) -> Bool = { _ in true }
  ) -> LeaseFaultPlan {
    let rest = Guarded(faults[...])
    return LeaseFaultPlan { call in
      isMeant(call) ? rest.withValue { $0.popFirst() } ?? .none : .none
    }
  }

  /// Of a hundred messages, so many are lost, so many are late, for up to `longest`, and so many have
  /// a copy that comes later. The same seed gives the same faults to the same calls.
  public static func random(
    seed: UInt64, lost: Int = 5, late: Int = 10, copied: Int = 5, longest: Duration
  ) -> LeaseFaultPlan {
    let numbers = Guarded(SeededNumbers(seed: seed))
    return LeaseFaultPlan { _ in
      numbers.withValue { numbers in
        func delivery() -> LeaseFault.Delivery {
          let (kind, time) = (numbers.below(100), numbers.time(upTo: longest))
          return kind < lost ? .lost : kind < lost + late ? .after(time) : .atOnce
        }
        let (request, answer) = (delivery(), delivery())
        let (kind, time) = (numbers.below(100), numbers.time(upTo: longest))
        return LeaseFault(
          request: request, answer: answer, copy: kind < copied ? .after(time) : nil)
      }
    }
  }
}

/// Numbers that look random, and are the same each time. (SplitMix64.)
public struct SeededNumbers: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Makes the numbers of a seed.
  public init(seed: UInt64) {
    state = seed
  }

  /// Returns the next number.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Returns a number from zero to below `end`, which is positive.
  public mutating func below(_ end: Int) -> Int {
    Int(next() % UInt64(end))
  }

  mutating func time(upTo longest: Duration) -> Duration {
    longest * below(1000) / 1000
  }
}
