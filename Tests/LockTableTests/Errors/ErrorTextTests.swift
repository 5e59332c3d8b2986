import Foundation
import LockTable
import LockTableFoundation
import Testing

/// The sentences, of errors that a test double makes.
@Suite struct ErrorTextTests {
  private let transfer = LockParticipant(
    acquirer: .task(id: 0x2a, name: nil), callSite: "Server/Transfer.swift:31",
    label: "POST /transfer", duration: .seconds(1.2))

  @Test func aTimeoutNamesKeyTableLimitAndHolder() {
    var error = LockTableError(
      .timedOut, key: "account-42", tableName: "accounts", waited: .milliseconds(500),
      limit: .milliseconds(500), holder: transfer)
    #expect(
      "\(error)" == """
        account-42 of "accounts" was not free within 500 ms; held for 1.2 s by "POST /transfer" \
        (Transfer.swift:31)
        """)
    error.holder?.mode = .shared
    error.holder?.label = nil
    #expect("\(error)".hasSuffix("; shared for 1.2 s by task 2a (Transfer.swift:31)"))
    error.holder?.acquirer = .thread(id: 7, name: "worker")
    error.holder?.callSite = nil
    #expect("\(error)".hasSuffix(#"; shared for 1.2 s by thread 7 "worker""#))
    error.holder = nil
    #expect("\(error)" == #"account-42 of "accounts" was not free within 500 ms"#)
    error.limit = .zero
    #expect("\(error)" == #"account-42 of "accounts" was not free at once"#)
    error.limit = nil
    error.tableName = nil
    #expect("\(error)" == "account-42 was not free in time")
  }

  @Test func aRefusalNamesTheLimit() {
    func sentence(_ limit: LockTableError.WaiterLimit?, _ table: String? = "accounts") -> String {
      "\(LockTableError(.tooManyWaiters, key: 42, tableName: table, waiterLimit: limit))"
    }
    #expect(sentence(.key(3)) == #"42 of "accounts" has 3 waiters already, as many as allowed"#)
    #expect(sentence(.key(1), nil) == "42 has 1 waiter already, as many as allowed")
    #expect(
      sentence(.call(2))
        == #"42 of "accounts" has 2 waiters or more already, as many as the call allows"#)
    #expect(sentence(.call(0)) == #"42 of "accounts" was not free, and the call may not wait"#)
    #expect(
      sentence(.table(9))
        == #""accounts" has 9 waiters already, as many as allowed; 42 was not waited for"#)
    #expect(
      sentence(.table(9), nil)
        == "the table has 9 waiters already, as many as allowed; 42 was not waited for")
    #expect(sentence(nil) == #"42 of "accounts" has as many waiters already as are allowed"#)
  }

  @Test func theOtherReasonsHaveASentence() {
    #expect(
      "\(LockTableError(.closed, key: "k", tableName: "accounts"))"
        == #""accounts" is closed; k was not acquired"#)
    #expect("\(LockTableError(.closed, key: "k"))" == "the table is closed; k was not acquired")
    #expect(
      "\(LockTableError(.noTimer, key: "k", tableName: "t"))" == """
        k of "t" was not waited for: the system refused the thread that keeps the deadlines of tasks
        """)
  }

  @Test func aDeadlockShowsTheWholeCycle() {
    let refund = LockParticipant(callSite: "Server/Refund.swift:8", label: "refund")
    var error = LockTableError(.deadlock, key: "a", tableName: "accounts")
    #expect("\(error)" == #"a of "accounts" was not acquired because of a deadlock"#)
    error.cycle = [
      .init(waiter: refund, key: "a", tableName: "accounts", blocker: transfer),
      .init(waiter: transfer, key: "7", tableName: nil, blocker: refund, isHeldByBlocker: false),
    ]
    #expect(
      "\(error)" == """
        a of "accounts" was not acquired because of a deadlock: "refund" (Refund.swift:8) waits for \
        a of "accounts", held by "POST /transfer" (Transfer.swift:31), which waits for 7, behind \
        "refund" (Refund.swift:8)
        """)
  }

  @Test func whatOthersChoseAddsNoLine() {
    let forged = "x\nadmin \u{202e}\u{1b}[2J\""
    let participant = LockParticipant(
      acquirer: .thread(id: 1, name: forged), callSite: forged, label: forged)
    let error = LockTableError(
      .deadlock, key: forged, tableName: forged, holder: participant,
      cycle: [.init(waiter: participant, key: forged, tableName: forged, blocker: participant)])
    for reason in [LockTableError.Reason.timedOut, .tooManyWaiters, .closed, .deadlock, .noTimer] {
      var error = error
      error.reason = reason
      #expect(!"\(error)".unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202e })
      #expect("\(error)".contains(#"x\nadmin"#))
    }
  }

  @Test func aCopyKeepsWhatItSays() {
    let error = LockTableError(.timedOut, key: 1, tableName: "t", limit: .seconds(1))
    var other = error
    other.reason = .closed
    other.tableName = nil
    other.limit = nil
    other.waited = .seconds(2)
    #expect(error.reason == .timedOut && error.tableName == "t" && error.limit == .seconds(1))
    #expect(error.waited == .zero)
    #expect("\(error)" == #"1 of "t" was not free within 1 s"#)
    #expect("\(other)" == "the table is closed; 1 was not acquired")
  }

  @Test func theLocalizedDescriptionIsTheSentence() {
    let error: any Error = LockTableError(.timedOut, key: "k", limit: .seconds(1))
    #expect(error.localizedDescription == "k was not free within 1 s")
  }

  @Test func aKeyComesBackAsItIs() {
    let error = LockTableError(.timedOut, key: TenantUser(tenant: 1, user: "a"))
    #expect(error.key(as: TenantUser.self) == TenantUser(tenant: 1, user: "a"))
    #expect(error.key(as: String.self) == nil)
  }
}
