import LockTable
import LockTableLeases
import Testing

struct LeaseTextTests {
  private let holder = LeaseOwner(
    process: LeaseProcess(id: "3f2a96c0d1e4b875", host: "web-3", number: 4711, started: 0),
    serial: 17)

  @Test func errorsAreSentences() {
    let error = LeaseError(
      .timedOut, key: "account-42", namespace: "orders", limit: .milliseconds(500), holder: holder)
    #expect(
      "\(error)" == """
        account-42 of "orders" was not free within 500 ms; held by process 4711 of web-3
        """)
    let refusal = LeaseError(
      .storeRefuses, key: "a", namespace: "n",
      storeError: LeaseStoreError(.configuration, "no\nrights", code: "42501"))
    #expect("\(refusal)" == #"the engine refused a of "n": no\nrights (42501)"#)
    let late = LeaseError(.storeUnavailable, key: "a", namespace: "n", limit: .seconds(2))
    #expect("\(late)" == #"the engine did not answer within 2 s for a of "n""#)
  }

  @Test(arguments: [LeaseError.Reason.tooManyWaiters, .notRunning, .keyTooLong])
  func allReasonsHaveSentences(reason: LeaseError.Reason) {
    let text = "\(LeaseError(reason, key: "a", namespace: "n"))"
    #expect(text.contains(#"a of "n""#) && !text.hasSuffix("."))
  }

  @Test func lossesAreSentences() {
    let reasons: [LeaseLostError.Reason] = [
      .notRenewed, .taken, .notConfirmed, .runEnded, .released,
    ]
    for reason in reasons {
      let error = LeaseLostError(reason, key: "a", namespace: "n", fencingToken: 7)
      #expect("\(error)".hasPrefix(#"the lease of a of "n" (token 7) "#))
    }
    #expect("\(LeaseEvent.resumed)" == "the engine can be reached again")
  }
}
