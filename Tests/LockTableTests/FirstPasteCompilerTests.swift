import Testing

/// What somebody meets who pastes the first lines of the README.
@Suite(.watched) struct FirstPasteCompilerTests {
  private static let advice =
    "unavailable from asynchronous contexts; "
    + "use 'try await' in a function or @main, or '{ () async in … }'"

  // A closure without an `await` makes the compiler choose the form that blocks, and at the top level
  // it does not choose again.
  @Test func theTopLevelSaysWhatToWrite() async throws {
    try await Compiler().check(
      """
      import LockTable

      let locks = LockTable<String>()
      try await locks.withLock("a") { print(1) }  // error: 'withLock' is \(Self.advice) // warning: no 'async' // warning: no calls
      """, .types, .init(isScript: true))
    try await Compiler().check(
      """
      import LockTable

      let locks = LockTable<String>()
      let held = try await locks.acquire("a")  // error: 'acquire' is \(Self.advice) // warning: no 'async' // warning: no calls
      """, .types, .init(isScript: true))
  }

  /// It compiles, and blocks the main thread.
  @Test func swift5WarnsOfTheSame() async throws {
    try await Compiler().check(
      """
      import LockTable

      let locks = LockTable<String>()
      try await locks.withLock("a") { print(1) }  // warning: 'withLock' is \(Self.advice) // warning: no 'async' // warning: no calls
      """, .types, .init(language: 5, isScript: true))
  }

  @Test(arguments: [5, 6]) func whatTheAdviceSaysCompiles(language: Int) async throws {
    try await Compiler().check(
      """
      import LockTable

      let locks = LockTable<String>()
      try await locks.withLock("a") { () async in print(1) }
      let one = try await locks.withLock("a", timeout: .seconds(1)) { () async -> Int in 1 }

      func work() async throws {
        try await locks.withLock("a") { print(one) }
        let held = try await locks.acquire("a")
        held.release()
      }
      try await work()
      """, .ownership, .init(language: language, isScript: true))
  }

  @Test(arguments: [5, 6], ["README.md", "Sources/LockTable/LockTable.docc/GettingStarted.md"])
  func theFirstProgramRuns(language: Int, file: String) async throws {
    let compiler = try Compiler()
    let output = try await compiler.run(compiler.program(in: file), .init(language: language))
    #expect(output == "100\n")
  }
}
