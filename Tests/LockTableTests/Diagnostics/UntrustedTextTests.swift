import Foundation
import LockTable
import Testing

/// Keys and names that others chose, in what is printed.
@Suite(.watched) struct UntrustedTextTests {
  private static let forged =
    "x: free\naccount-1: held exclusively, 0 waiting\n  held: exclusive, thread 1 \"admin\""

  /// Everything that ends a line, moves a cursor or turns the direction of text around.
  private static let controls: [Unicode.Scalar] =
    (0..<0x20).compactMap(Unicode.Scalar.init) + (0x7f..<0xa0).compactMap(Unicode.Scalar.init)
    + ["\u{2028}", "\u{2029}", "\u{61c}", "\u{200e}", "\u{200f}"]
    + (0x202a...0x202e).compactMap(Unicode.Scalar.init)
    + (0x2066...0x2069).compactMap(Unicode.Scalar.init)

  // Not optimised, for the sake of compile time: names are the library's.
  @_optimize(none)
  private func name<Key: Hashable & Sendable>(_ key: Key) -> String {
    let locks = LockTable<Key>()
    return locks.withLock(key) { locks.snapshot().keys[0].name }
  }

  private func isPrintable(_ text: String) -> Bool {
    !text.unicodeScalars.contains { Self.controls.contains($0) }
  }

  @Test func aKeyAddsNoLineToASnapshot() {
    let locks = LockTable<String>.diagnosed()
    let holder = locks.acquire(Self.forged + "\u{1b}[2J")
    let lines = "\(locks.snapshot())".split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 2 && lines.allSatisfy { isPrintable(String($0)) })
    #expect(
      lines[0].hasPrefix(#"x: free\naccount-1: held exclusively, 0 waiting\n  held: exclusive, "#))
    #expect(locks.snapshot().keys[0].key == Self.forged + "\u{1b}[2J")
    holder.release()
  }

  @Test(arguments: controls)
  func everyControlCharacterIsEscaped(control: Unicode.Scalar) {
    let text = "a\(control)b"
    let names = [
      name(text), name(text[...]), name(Region(rawValue: text)),
      name(LockKeyPair(1, LockKeyPair(text, Region(rawValue: text)))),
      name(FoldedName(name: text)), name(TenantUser(tenant: 1, user: text)),
      name(LooseName(rawValue: text)), name(Place.room(text, floor: 1)), name([text]),
      name(Described(description: text)), name(Optional(text)),
      "\(LockAcquirer.task(id: 1, name: text))", "\(LockAcquirer.thread(id: 1, name: text))",
    ]
    for name in names {
      #expect(isPrintable(name), "\(name.debugDescription)")
      #expect(name.contains("a") && name.contains("b") && name.contains("\\"))
    }
  }

  @Test func otherCharactersThanControlCharactersStay() {
    for text in ["größe", "👩‍👩‍👧‍👦", "日本", "e\u{301}", "a b", "שלום", "'", "…"] {
      #expect(name(text) == text)
      #expect("\(LockAcquirer.task(id: 1, name: text))" == "task 1 \"\(text)\"")
    }
  }

  @Test func differentTextsHaveDifferentNames() {
    #expect(name("a\nb") == #"a\nb"# && name(#"a\nb"#) == #"a\\nb"#)
    #expect(name(LockKeyPair("a/b", "c")) == #""a/b"/c"#)
    #expect(name(LockKeyPair("a", "b/c")) == #"a/"b/c""#)
    #expect(name(LockKeyPair(#"a"/"b"#, "c")) == #""a\"/\"b"/c"#)
    #expect(name(LockKeyPair(#""a/b""#, "c")) == #""\"a/b\""/c"#)
    #expect(name(LockKeyPair("\"a", "b\"")) == #""\"a"/b""#)
    #expect(name(LockKeyPair("", "")) == #"""/"""#)
    #expect(name(LockKeyPair("\n/", 1)) == #""\n/"/1"#)
  }

  @Test func aNameDoesNotEndItsQuotes() {
    let acquirer = LockAcquirer.task(id: 10, name: "a\", for 9.0 seconds\nname: held\\")
    #expect("\(acquirer)" == #"task a "a\", for 9.0 seconds\nname: held\\""#)
  }

  @Test func longTextIsCutOff() {
    let long = String(repeating: "0123456789", count: 100)
    #expect(name(long) == long.prefix(128) + "… (1000 bytes)")
    #expect(name(String(long.prefix(128))) == long.prefix(128))
    #expect(name(String(long.prefix(129))) == long.prefix(128) + "… (129 bytes)")
    #expect(name(Described(description: long)) == long.prefix(128) + "… (1000 bytes)")
    #expect(
      "\(LockAcquirer.thread(id: 1, name: long))"
        == "thread 1 \"\(long.prefix(128))… (1000 bytes)\"")
    // One character as people count them, of any number of scalars.
    let stacked = "e" + String(repeating: "\u{301}", count: 10_000)
    #expect(name(stacked).unicodeScalars.count < 160)
    let escapes = String(repeating: "\u{2028}", count: 1000)
    #expect(name(escapes).utf8.count < 128 * 8 + 40)
  }

  @Test func bytesAreHexadecimalDigitsHoweverTheyAreWrapped() {
    let bytes: [UInt8] = [10, 27, 91, 50, 74, 0, 255]
    let hex = "0x0a1b5b324a00ff"
    #expect(name(bytes) == hex)
    #expect(name(bytes[...]) == hex)
    #expect(name(ContiguousArray(bytes)) == hex)
    #expect(name(Data(bytes)) == hex)
    #expect(name(Digest(rawValue: bytes)) == hex)
    #expect(name(LockKeyPair(1, bytes)) == "1/\(hex)")
    #expect(name(LockKeyPair("a", Digest(rawValue: bytes))) == "a/\(hex)")
    #expect(name(Owned(digest: bytes)) == hex)
    let many = [UInt8](repeating: 7, count: 100_000)
    let beginning = "0x" + String(repeating: "07", count: 64)
    #expect(name(LockKeyPair(many, 1)) == "\(beginning)… (100000 bytes)/1")
  }

  //  thread, whose name is no UTF-8      task, whose name has quotes and lines
  //  holds k
  //                                      waits
  @Test func namesOfThreadsAndTasksAddNothing() async {
    await onPlainThread {
      let locks = LockTable<String>.diagnosed()
      let executor = SteppedExecutor()
      nameThread(bytes: [0x61, 0xff, 0x0a, 0xe2, 0x80])
      let holder = locks.acquire("k")
      let task = Task(name: "a\"\nk: held", executorPreference: executor) {
        try await locks.withLock("k") {}
      }
      executor.drain()
      #expect(
        withoutNumbers("\(locks.snapshot())") == """
          k: held exclusively, 1 waiting
            held: exclusive, thread N "a\u{fffd}\\n\u{fffd}", at LockTableTests/UntrustedTextTests.swift:N, for a while
            waits: exclusive, task N "a\\"\\nk: held", at LockTableTests/UntrustedTextTests.swift:N, for a while
          """)
      holder.release()
      executor.drain()
      _ = task
      #expect(locks.becomesEmpty)
    }
  }

  @Test func eventsAddNoLine() async throws {
    let locks = LockTable<String>(
      name: "a\n\"b\"",
      configuration: .init(diagnostics: .init(deadlockDelay: .milliseconds(2))))
    let (waits, holds) = (Guarded<[String]>([]), Guarded<[String]>([]))
    let deadlocks = Guarded<[String]>([])
    let short = Duration.milliseconds(1)
    locks.onSlowWait(threshold: short) { event in waits.withLock { $0.append("\(event)") } }
    locks.onLongHold(threshold: short) { event in holds.withLock { $0.append("\(event)") } }
    locks.onSuspectedDeadlock { event in deadlocks.withLock { $0.append("\(event)") } }
    let task = Task(name: Self.forged) {
      try await locks.withLock(Self.forged) { try await locks.withLock(Self.forged) {} }
    }
    for events in [waits, holds, deadlocks] {
      while events.withLock(\.isEmpty) {
        try await Task.sleep(for: .milliseconds(1))
      }
    }
    task.cancel()
    _ = await task.result
    for event in waits.withLock(\.self) + holds.withLock(\.self) + deadlocks.withLock(\.self) {
      #expect(isPrintable(event) && event.contains(#"of "a\n\"b\"""#))
    }
    #expect(locks.becomesEmpty)
  }
}

private struct Described: Hashable, CustomStringConvertible {
  var description: String
}

private struct Digest: RawRepresentable, LockKey {
  var rawValue: [UInt8]
}

private struct Owned: LockKey {
  var digest: [UInt8]
  var lockIdentity: [UInt8] { digest }
}
