import Testing

// What the compiler accepts and refuses of tables of values.

@Suite(.watched) struct ValueCompilerTests {
  @Test func ownershipNeedsNoWords() async throws {
    try await Compiler().check(
      """
      import LockTable

      struct File: ~Copyable {
        var size = 0
        mutating func grow() { size += 1 }
      }
      struct Name: ~Copyable, Sendable {
        var text = ""
        func look() -> String { text }
      }

      func threads(
        _ numbers: MutexTable<String, Int>, _ files: MutexTable<String, File>,
        _ names: MutexTable<String, Name>, _ states: StateTable<String, File>
      ) throws {
        numbers.withLock("a") { value in value = 1 }
        numbers.withLock("a") { $0 = ($0 ?? 0) + 1 }
        let number = numbers.withSharedLock("a") { value in value }
        files.withLock("a") { value in value = File() }
        files.withLock("a") { value in value?.grow() }
        let file = files.withLock("a") { value in value.take() }
        names.withLock("a") { value in value = Name() }
        let text = names.withSharedLock("a") { value in value?.look() }
        let isAbsent = names.withSharedLock("a") { value in value == nil }
        try states.withLock("a") { state in state.grow() }
        print(number as Any, file == nil, text as Any, isAbsent)
      }

      func tasks(
        _ numbers: MutexTable<String, Int>, _ names: MutexTable<String, Name>
      ) async throws {
        try await numbers.withLock("a") { value in value = 1 }
        try await numbers.withLock("a") { value in
          await Task.yield()
          value = nil
        }
        try await names.withLock("a") { value in value = Name() }
        let text = try await names.withSharedLock("a") { value in value?.look() }
        print(text as Any)
      }
      """, .ownership)
  }

  @Test func aValueThatIsNotSendableDoesNotEscape() async throws {
    try await Compiler().check(
      """
      import LockTable

      final class Session { var count = 0 }

      func takesAway(_ table: MutexTable<Int, Session>) {
        var session: Session?
        table.withLock(1) { value in session = value }  // error: 'inout sending' parameter 'value'
        print(session as Any)
      }

      func putsIn(_ table: MutexTable<Int, Session>, _ session: Session) {
        table.withLock(1) { value in value = session }  // error: 'inout sending' parameter 'value'
      }

      func putsInByATask(_ table: MutexTable<Int, Session>, _ session: Session) async throws {
        try await table.withLock(1) { value in value = session }  // error: 'inout sending' parameter
      }

      func putsIn(_ states: StateTable<Int, Session?>, _ session: Session) throws {
        try states.withLock(1) { state in state = session }  // error: 'inout sending' parameter
      }

      func stays(_ table: MutexTable<Int, Session>) -> Int? {
        table.withLock(1) { value in value?.count }
      }

      func isMovedOut(_ table: MutexTable<Int, Session>) -> Session? {
        table.withLock(1) { value in
          let session = value
          value = nil
          return session
        }
      }
      """, .ownership)
  }

  @Test func sharedFormsNeedSendableValues() async throws {
    try await Compiler().check(
      """
      import LockTable

      final class Session { var count = 0 }

      func reads(_ table: MutexTable<Int, Session>, _ states: StateTable<Int, Session>) throws {
        table.withSharedLock(1) { _ in }  // error: type 'Session' does not conform to the 'Sendable' protocol
        try states.withSharedLock(1) { _ in }  // error: type 'Session' does not conform to the 'Sendable' protocol
        var held = table.acquire(1)
        print(held.value as Any)  // error: type 'Session' does not conform to the 'Sendable' protocol
        held.withValue { value in value = Session() }
      }
      """, .types)
  }

  @Test func blockingFormsAreNotForTasks() async throws {
    try await Compiler().check(
      """
      import LockTable

      func task(_ table: MutexTable<Int, Int>, _ states: StateTable<Int, Int>) async throws {
        try table.withLock(1) { value in value = 1 }  // error: expression is 'async'
        table.removeAll()  // error: expression is 'async'
        let held = try table.acquire(1)  // error: expression is 'async'
        held.release()
        try states.withLock(1) { state in state = 1 }  // error: expression is 'async'
        _ = table.withLockIfAvailable(1) { value in value = 1 }  // error: expression is 'async'
      }
      """, .types)
  }
}
