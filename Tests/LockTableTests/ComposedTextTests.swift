import Foundation
import LockTable
import Testing

/// Text that is composed (NFC) identifies its key as it is, and so has to be recognised without a
/// mistake. The standard library judges.
@Suite(.watched) struct ComposedTextTests {
  private static let ordinaryTexts = [
    "Zürich-42", "Hôtel de l'Élysée, à Paris", "北京市朝阳区建国路八十八号", "東京タワーとスカイツリー前",
    "서울특별시 강남구 테헤란로", "Санкт-Петербург, Невский", "Αθήνα, Ελλάδα", "ירושלים, ישראל",
    "مرحبا بالعالم العربي", "नमस्ते दुनिया भारत", "Thành phố Hồ Chí Minh", "กรุงเทพมหานคร คุ้ม",
    "👨‍👩‍👧‍👦🎉❤️🇫🇷", "𠮷野家", "", "a", "é", "account-42", "\u{316}a", "\u{1e0d}\u{316}", "\u{5b0}\u{5bc}",
  ].map { String(decoding: $0._nfcCodeUnits, as: UTF8.self) }

  @Test(arguments: ordinaryTexts)
  func ordinaryTextIsRecognised(text: String) {
    #expect(isSaidToBeComposed(text))
    // However many bytes stand before it.
    for padding in ["x", "я", "東"] {
      let missed = (1...33).filter {
        !isSaidToBeComposed(String(repeating: padding, count: $0) + text)
      }
      #expect(missed.isEmpty)
    }
  }

  @Test(arguments: ordinaryTexts.filter { $0.utf8.count > 15 })
  func composedTextIsNotCopied(text: String) {
    expectNoCopy(text)
    expectNoCopy("GET \(text)".dropFirst(4))
  }

  private func expectNoCopy(_ text: some _LockText) {
    let place = text.utf8.withContiguousStorageIfAvailable { Int(bitPattern: $0.baseAddress) }
    #expect(text._withLockBytes { Int(bitPattern: $0.baseAddress) } == place)
    #expect(text._withCanonicalLockBytes { Int(bitPattern: $0.baseAddress) } == place)
  }

  @Test(arguments: [
    "e\u{301}", "\u{212b}", "\u{344}", "\u{958}", "\u{1100}\u{1161}", "\u{ac00}\u{11a8}",
    "\u{f900}", "\u{2f800}", "\u{1d15e}", "q\u{307}\u{323}", "\u{5bc}\u{5b0}", "\u{301}",
    "\u{378}", "\u{10ffff}",
  ])
  func textThatMayChangeIsNotTaken(text: String) {
    #expect(!isSaidToBeComposed(text))
    for padding in ["x", "я", "東"] {
      let taken = (1...33).filter {
        let padding = String(repeating: padding, count: $0)
        return isSaidToBeComposed(padding + text) || isSaidToBeComposed(text + padding)
      }
      #expect(taken.isEmpty)
    }
  }

  /// Each scalar alone, at each place of a window, and beside marks of several classes.
  @Test func eachScalarIsJudgedRightWhereverItStands() {
    var wrong: [UInt32] = []
    var taken = 0
    for value in stride(from: UInt32(0), through: 0x10_ffff, by: Load.isSanitized ? 13 : 1) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let place = Int(value % 17)
      let texts = [
        "\(scalar)",
        "\(Self.padding[place])\(scalar)\(Self.padding[33 - place])",
        "\u{e9}\(scalar)\u{316}\(scalar)\u{e48}",
        "\u{ac01}\u{4e00}\u{301b}\(scalar)\u{591}\u{439}",
      ]
      let isTakenAlone = isSaidToBeComposed(texts[0])
      for text in texts where isSaidToBeComposed(text) {
        taken += 1
        // What is unassigned now is composed, but may not be one day.
        if !isTakenAlone || !isComposedInFact(text) { wrong.append(value) }
      }
    }
    #expect(wrong.isEmpty)
    #expect(taken > Load.scaled(800_000))
  }

  private static let padding = (0...33).map { String(repeating: "x", count: $0) }

  /// 10⁸ of them with LOCKTABLE_TESTS=long.
  @Test(arguments: 0..<Load.long(100, usually: 1))
  func randomTextsAreJudgedRight(seed: Int) {
    var dice = Dice(seed)
    var wrong: [String] = []
    var disputed: [String] = []
    var taken = 0
    let count = Load.scaled(1_000_000)
    for _ in 0..<count {
      let text = RandomText.next(&dice)
      let isTaken = isSaidToBeComposed(text)
      if isTaken {
        taken += 1
        if !isComposedInFact(text) { wrong.append(text) }
      }
      if let isSure = quickCheck(text), isSure != isTaken { disputed.append(text) }
    }
    #expect(wrong.isEmpty)
    #expect(disputed.isEmpty)
    #expect(taken > count / 4 && taken < count * 3 / 4)
  }

  @Test(arguments: 0..<Load.long(100, usually: 1))
  func randomPairsAreEqualExactlyIfTheirBytesAre(seed: Int) {
    var dice = Dice(seed)
    var mistakes: [(String, String)] = []
    var equal = 0
    let count = Load.scaled(1_000_000)
    for _ in 0..<count {
      let (left, right) = RandomText.nextPair(&dice)
      let areEqual = left == right
      equal += areEqual ? 1 : 0
      let haveSameBytes = left._withCanonicalLockBytes { left in
        right._withCanonicalLockBytes { areSame(left, $0) }
      }
      if haveSameBytes != areEqual { mistakes.append((left, right)) }
    }
    #expect(mistakes.isEmpty)
    #expect(equal > count / 4 && equal < count * 3 / 4)
  }

  /// Whatever the bytes are: pages that can't be read stand before and after them.
  @Test func noByteOutsideOfTheTextIsRead() throws {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let memory = try #require(
      mmap(nil, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
    defer { munmap(memory, 3 * page) }
    try #require(memory != MAP_FAILED && mprotect(memory + page, page, PROT_READ | PROT_WRITE) == 0)
    let middle = UnsafeMutableRawBufferPointer(start: memory + page, count: page)
    var dice = Dice(7)
    for round in 0..<Load.scaled(100_000) {
      let count = round % 70
      let start = round / 70 % 2 == 0 ? 0 : page - count
      let bytes = UnsafeMutableRawBufferPointer(rebasing: middle[start..<start + count])
      // Few leads that stop the scan, in half of the rounds.
      let mask: UInt8 = round % 4 < 2 ? 0xff : 0xd1
      for index in bytes.indices {
        bytes[index] = UInt8(truncatingIfNeeded: dice.next()) & mask
      }
      _ = isComposed(UnsafeRawBufferPointer(bytes))
    }
  }

  @available(macOS 26, *)
  @Test func theTablesAreWhatTheStandardLibrarySays() {
    guard knowsTheTablesVersion else { return }
    let source = ComposedTextSource(version: tablesVersion)
    #expect(source.blocks == ComposedTextTables.blocks)
    #expect(source.simple == ComposedTextTables.simple)
    #expect(source.marks == ComposedTextTables.marks)
    #expect(source.simpleAbove == ComposedTextTables.simpleAbove)
    #expect(source.classes == ComposedTextTables.classes)
  }

  /// Not a test: `LOCKTABLE_TABLES=write swift test --filter theTablesAreWritten` makes the tables
  /// again, for what the standard library knows now.
  @available(macOS 26, *)
  @Test(.enabled(if: ProcessInfo.processInfo.environment["LOCKTABLE_TABLES"] == "write"))
  func theTablesAreWritten() throws {
    try ComposedTextSource(version: ComposedTextSource.newest).text
      .write(to: ComposedTextSource.file, atomically: true, encoding: .utf8)
  }
}

private func isSaidToBeComposed(_ text: String) -> Bool {
  text._withLockBytes(isComposed) == true
}

/// The standard library's own quick check, if it knows all that the tables do.
private func quickCheck(_ text: String) -> Bool? {
  guard #available(macOS 26, *), knowsTheTablesVersion else { return nil }
  var utf8 = text.utf8Span
  return utf8.checkForNFC(quickCheck: true)
    && text.unicodeScalars.allSatisfy { ComposedTextSource.isAssigned($0, in: tablesVersion) }
}

@available(macOS 26, *)
private let knowsTheTablesVersion = ComposedTextSource.newest >= tablesVersion

private let tablesVersion = ComposedTextTables.version

private func isComposedInFact(_ text: String) -> Bool {
  text._nfcCodeUnits.withUnsafeBytes { composed in
    text._withLockBytes { areSame($0, composed) } == true
  }
}

private func areSame(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
  guard left.count == right.count else { return false }
  guard let leftBase = left.baseAddress, let rightBase = right.baseAddress else { return true }
  return memcmp(leftBase, rightBase, left.count) == 0
}
