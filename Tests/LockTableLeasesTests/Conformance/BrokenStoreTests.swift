import LockTable
import LockTableLeases
import LockTableLeasesTesting
import LockTableTesting
import Testing

/// The checks find defects: each of these makes the checks fail that are named.
struct BrokenStoreTests {
  @Test(arguments: BrokenStore.Defect.allCases)
  func aDefectIsFound(defect: BrokenStore.Defect) async throws {
    let clock = ManualClock()
    let shared = BrokenStore.Shared(MemoryLeaseEngine(clock: clock))
    var subject = LeaseStoreConformance.Subject(
      duration: .seconds(3), clock: clock, advance: { clock.advance(by: $0) },
      makeStore: { BrokenStore(defect, shared) })
    subject.hasLine = true
    subject.patience = .seconds(1)
    subject.restart = { shared.tokenBase.withValue { $0 = shared.engine.lastToken } }
    for name in defect.isFoundBy {
      let check = try #require(LeaseStoreConformance.checks.first { $0.name == name })
      #expect(try await check(subject) != nil, "\(name) does not find that \(defect)")
    }
    BrokenStore(defect, shared).endRuns()
  }
}

extension BrokenStore.Defect {
  /// Checks that find it. Others may as well.
  var isFoundBy: [String] {
    switch self {
    case .tokensBeginAnewForEachHold: ["tokensRise", "aStormOfCallsKeepsTheOrder"]
    case .tokensBeginAnewAfterARestart: ["tokensRiseOverARestart"]
    case .tokensAreDrawnBeforeTheWait: ["aWaiterGetsTheName"]
    case .aThirdRequestIsGranted: ["aNameHasOneOwner", "aStormOfCallsKeepsTheOrder"]
    case .looksBeforeItTakes: ["ofManyThatAskAtOnceOneGetsTheName", "aStormOfCallsKeepsTheOrder"]
    case .aRepeatedRequestIsRefused: ["aRepeatedRequestFindsItsOwnGrant", "aLostAnswerIsHarmless"]
    case .aRepeatedWaitGoesToTheEnd: ["aWaiterAsksAgainWithoutLosingItsPlace"]
    case .aTryTakesAPlace: ["aRequestThatDoesNotWaitTakesNoPlace"]
    case .thereIsNoLine: ["namesGoByTheLine"]
    case .aReleaseGoesByTheName: ["aReleaseOfAnotherOwnerFindsNothing"]
    case .aReleaseGoesByTheProcess: ["aLateReleaseFindsNothing", "aLateCopyOfAReleaseIsHarmless"]
    case .aReleaseAlwaysHeld: ["aLateReleaseFindsNothing", "aGrantThatAnotherHasIsLost"]
    case .aWaiterStaysInLine: ["aReleasedWaiterIsNotInLine", "aCancelledWaitLeavesNothing"]
    case .aCancelledRequestComesLate: ["aCancelledRequestLeavesNothing"]
    case .grantsNeverEnd, .grantsEndEarly: ["aGrantEndsAfterItsDuration"]
    case .aRenewalAlwaysSucceeds: ["aGrantThatAnotherHasIsLost"]
    case .aRenewalRevives: ["aRenewalOfWhatWasReleasedIsLost"]
    case .renewalsEndAtAThousand, .renewalsAreSorted: ["manyAreRenewedAtOnce"]
    case .nothingIsReported: ["aWaiterIsTold"]
    case .reportsAreSwapped: ["changesAreReportedInOrder"]
    case .thereIsOneRun, .aRunDoesNotEnd: ["aRunEndsAndBeginsAgain"]
    case .namesIgnoreCase, .namesHaveNoSeparator: ["namesOfAllKindsAreDifferent"]
    case .holdingsAreOfAPrefix, .holdingsLackOne: ["holdingsAreWhatIsHeld"]
    }
  }
}
