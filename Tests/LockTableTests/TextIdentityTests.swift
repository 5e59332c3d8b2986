import Foundation
import LockTable
import Testing

/// Texts are one key where `==` holds, which is canonical equivalence.
@Suite(.watched) struct TextIdentityTests {
  @Test(arguments: [
    ("\u{e9}", "e\u{301}"),
    (
      "caf\u{e9} au lait, and then some more to make it long enough to be kept apart",
      "cafe\u{301} au lait, and then some more to make it long enough to be kept apart"
    ),
    ("\u{212a}", "K"),
    ("273 \u{212a}", "273 K"),
    ("\u{37e}", ";"),
    ("\u{1fef}", "`"),
    ("\u{212b}", "\u{c5}"),
    ("\u{212b}", "A\u{30a}"),
    ("\u{2126}", "\u{3a9}"),
    ("\u{d55c}\u{ae00}", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}"),
    ("\u{ac00}\u{11a8}", "\u{ac01}"),
    ("q\u{307}\u{323}", "q\u{323}\u{307}"),
    ("\u{1e69}", "s\u{323}\u{307}"),
    ("\u{1e0b}\u{323}", "\u{1e0d}\u{307}"),
    ("\u{f900}", "\u{8c48}"),
    ("\u{2f800}", "\u{4e3d}"),
    ("\u{344}", "\u{308}\u{301}"),
    ("\u{1d15e}", "\u{1d157}\u{1d165}"),
  ])
  func canonicallyEquivalentTextsAreOneKey(left: String, right: String) {
    #expect(left == right)
    expectOneKey(left, right)
    expectOneKey(Substring(left), Substring(right))
    expectOneKey(Substring("-\(left)-".unicodeScalars.dropFirst().dropLast()), Substring(right))
    expectOneKey(LockKeyPair(left, right), LockKeyPair(right, left))
    expectOneKey(Region(rawValue: left), Region(rawValue: right))
    expectOneKey(Colliding(left), Colliding(right))
  }

  @Test(arguments: [
    ("\u{e9}", "e"),
    ("\u{fb01}", "fi"),
    ("\u{ff21}", "A"),
    ("\u{3a9}", "\u{3c9}"),
    ("\u{b5}", "\u{3bc}"),
    ("\u{a0}", " "),
    ("a\u{200d}", "a"),
    ("\u{feff}a", "a"),
    ("q\u{307}\u{301}", "q\u{301}\u{307}"),
    ("\u{1f600}", "\u{1f601}"),
    ("\u{130}", "I"),
    ("\r\n", "\n"),
    ("\u{2028}", "\n"),
  ])
  func differentTextsAreTwoKeys(left: String, right: String) {
    #expect(left != right)
    expectTwoKeys(left, right)
    expectTwoKeys(Substring(left), Substring(right))
  }

  @Test func repairedTextIsWhatItWasRepairedTo() {
    let repaired = String(decoding: [0x61, 0xff, 0x62], as: UTF8.self)
    expectOneKey(repaired, "a\u{fffd}b")
  }

  @Test func everyScalarIsOneKeyWithItsDecomposition() {
    let locks = LockTable<String>()
    var strangers: [UInt32] = []
    for value in stride(from: UInt32(0x80), to: 0x3_0000, by: Load.isSanitized ? 7 : 1) {
      guard let scalar = UnicodeScalar(value) else { continue }
      let text = String(scalar)
      let decomposed = text.decomposedStringWithCanonicalMapping
      guard !decomposed.utf8.elementsEqual(text.utf8) else { continue }
      if text != decomposed || !locks.withLock(text, { locks.isLocked(decomposed) }) {
        strangers.append(value)
      }
    }
    #expect(strangers.isEmpty)
    #expect(locks.isEmpty)
  }

  private static let alphabet: [UnicodeScalar] = [
    "a", "e", "K", ";", "`", "q", "\u{c5}", "\u{e9}", "\u{212a}", "\u{212b}", "\u{37e}",
    "\u{1fef}", "\u{300}", "\u{301}", "\u{307}", "\u{308}", "\u{30a}", "\u{323}", "\u{327}",
    "\u{344}", "\u{345}", "\u{1100}", "\u{1161}", "\u{11a8}", "\u{ac00}", "\u{ac01}", "\u{5b0}",
    "\u{5bc}", "\u{93c}", "\u{915}", "\u{958}", "\u{1f70}", "\u{1e69}", "\u{200d}", "\u{1f468}",
  ]

  /// Short texts of few scalars, so that many of them are equivalent.
  private func randomText(_ dice: inout Dice) -> String {
    var scalars = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 1...4, using: &dice) {
      scalars.append(Self.alphabet.randomElement(using: &dice) ?? "a")
    }
    return String(scalars)
  }

  @Test func randomTextsMeetExactlyIfTheyAreEqual() {
    let locks = LockTable<String>()
    var dice = Dice(20)
    var mistakes: [(String, String)] = []
    var equals = 0
    let base = (0..<Load.scaled(400)).map { _ in randomText(&dice) }
    for left in base {
      locks.withLock(left) {
        // Each text meets itself in another spelling, and a sample of the others.
        let decomposed = left.decomposedStringWithCanonicalMapping
        let padding = base.shuffled(using: &dice).prefix(150)
        for right in [decomposed] + padding {
          equals += left == right ? 1 : 0
          if locks.isLocked(right) != (left == right) {
            mistakes.append((left, right))
          }
        }
      }
    }
    #expect(mistakes.isEmpty)
    #expect(equals >= base.count)
    #expect(locks.isEmpty)
  }

  @Test func equalSpellingsAreOneKeyOfAnAcquisition() {
    let locks = LockTable<String>()
    let spellings = ["\u{1e69}", "s\u{323}\u{307}", "s\u{307}\u{323}", "\u{1e63}\u{307}"]
    let guards = locks.acquire(all: spellings)
    let count = guards.count
    #expect(count == 1)
    #expect(spellings.allSatisfy(locks.isLocked))
    guards.release()
    #expect(locks.isEmpty)
  }
}
