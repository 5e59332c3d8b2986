import LockTable
import Testing

@Suite(.watched) struct KeyDescriptionTests {
  private func table<Key>(
    _ description: LockTableConfiguration.KeyDescription, of _: Key.Type
  ) -> LockTable<Key> {
    .unmonitored(.init(diagnostics: .init(), describeKey: description))
  }

  /// The texts of one key: in an error, and in a snapshot.
  private func texts<Key>(of key: Key, in locks: LockTable<Key>) throws -> (String, String) {
    let held = locks.acquire(key)
    let name = locks.snapshot().keys.first?.name ?? ""
    var text = ""
    do {
      try locks.acquire(key, timeout: .zero).release()
    } catch {
      text = error.key
    }
    held.release()
    return (text, name)
  }

  @Test func theKeyIsShownByDefault() async throws {
    try await tryOnPlainThread {
      #expect(LockTableConfiguration().describeKey == .key)
      let shown = try texts(of: "a\nb", in: table(.key, of: String.self))
      #expect(shown == (#"a\nb"#, #"a\nb"#))
    }
  }

  @Test func aHiddenKeyIsTheSameDigitsEverywhere() async throws {
    try await tryOnPlainThread {
      func check<Key: Hashable & Sendable>(_ key: Key, _ other: Key) throws {
        let locks = table(.hidden, of: Key.self)
        let (inError, inSnapshot) = try texts(of: key, in: locks)
        #expect(inError.wholeMatch(of: /[0-9a-f]{8}/) != nil)
        #expect(inError == inSnapshot, "\(Key.self)")
        let another = try texts(of: other, in: locks).0
        let elsewhere = try texts(of: key, in: table(.hidden, of: Key.self)).0
        #expect(another != inError && elsewhere == inError)
      }
      try check(1, 2)
      try check("größe", "a")
      try check(AccountID(rawValue: 1), AccountID(rawValue: 2))
      try check(TenantUser(tenant: 1, user: "a"), TenantUser(tenant: 1, user: "b"))
      try check(FoldedName(name: "A"), FoldedName(name: "B"))
      try check(LockKeyPair(1, "a"), LockKeyPair(2, "a"))
      try check(Place.shelf(1), .shelf(2))
      try check(Node(1), Node(2))
    }
  }

  /// Keys that are one key have one text.
  @Test func equalKeysAreHiddenAlike() {
    let locks = table(.hidden, of: FoldedName.self)
    func text(_ name: String) -> String {
      locks.withLock(FoldedName(name: name)) { locks.snapshot().keys[0].name }
    }
    #expect(text("ANNA") == text("anna"))
  }

  @Test func aClosureDecidesWhatIsShown() async throws {
    try await tryOnPlainThread {
      let masked = LockTableConfiguration.KeyDescription.custom { "user \("\($0)".prefix(1))…\n" }
      let shown = try texts(of: "anna", in: table(masked, of: String.self))
      #expect(shown == (#"user a…\n"#, #"user a…\n"#))
      // Of a key with an identity of its own, a snapshot knows the identity.
      let seen = LockTableConfiguration.KeyDescription.custom { "\(type(of: $0))" }
      let types = try texts(
        of: TenantUser(tenant: 1, user: "a"), in: table(seen, of: TenantUser.self))
      #expect(types == ("TenantUser", "LockKeyPair<Int32, String>"))
    }
  }

  @Test func eventsShowWhatIsToBeShown() async throws {
    try await tryOnPlainThread {
      let locks = table(.custom { _ in "a key of theirs" }, of: Int.self)
      let told = Log<SlowLockWait<Int>>()
      locks.onSlowWait(threshold: .zero) { told.add($0) }
      let held = locks.acquire(1)
      let waiter = NativeThread { locks.withLock(1) {} }
      told.await()
      held.release()
      waiter.join()
      #expect("\(told.events[0])".hasPrefix("a wait for a key of theirs: "))
    }
  }

  @Test func descriptionsCanBeCompared() {
    typealias Description = LockTableConfiguration.KeyDescription
    let custom = Description.custom { "\($0)" }
    #expect(custom == custom && custom != .custom { "\($0)" })
    #expect(Description.key == .key && Description.hidden == .hidden)
    #expect(Description.key != .hidden && Description.hidden != custom)
    #expect(Set([Description.key, .hidden, custom, custom, .key]).count == 3)
    #expect(LockTableConfiguration(describeKey: .hidden) != LockTableConfiguration())
  }
}
