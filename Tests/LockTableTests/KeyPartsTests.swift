import Foundation
import LockTable
import LockTableFoundation
import Testing

/// Keys of several parts, and the bytes that they are to the core and to a database.
@Suite(.watched) struct KeyPartsTests {
  private func bytes(of key: some LockKey) -> [UInt8] { key._withCanonicalLockBytes(Array.init) }

  private func word(_ number: UInt8, _ filler: UInt8 = 0) -> [UInt8] {
    [number] + [UInt8](repeating: filler, count: 7)
  }

  @Test func integersAreWordsWithTheLeastSignificantByteFirst() {
    #expect(bytes(of: LockKeyPair(1, Int8(-1))) == word(1) + word(0xff, 0xff))
    #expect(bytes(of: LockKeyPair(UInt8(255), true)) == word(255) + word(1))
    #expect(
      bytes(of: LockKeyPair(0x0807_0605_0403_0201, 0)) == [1, 2, 3, 4, 5, 6, 7, 8] + word(0))
  }

  @Test func textIsItsLengthAndItsCompositionFilledUpWithZeros() {
    #expect(bytes(of: LockKeyPair("abc", "")) == word(3) + [97, 98, 99, 0, 0, 0, 0, 0] + word(0))
    #expect(bytes(of: LockKeyPair("12345678", 1)) == word(8) + Array("12345678".utf8) + word(1))
    #expect(
      bytes(of: LockKeyPair(2, "e\u{301}"))
        == word(2) + word(2) + [0xc3, 0xa9, 0, 0, 0, 0, 0, 0])
    #expect(bytes(of: LockKeyPair([UInt8(9)], true)) == word(1) + word(9) + word(1))
  }

  @Test func aPartOfPartsIsTheirBytes() {
    #expect(bytes(of: LockKeyPair(LockKeyPair(1, 2), 3)) == word(1) + word(2) + word(3))
    #expect(bytes(of: LockKeyPair(1, 2, 3, 4, 5, 6)) == (1...6).flatMap { word($0) })
    let uuid = UUID()
    let uuidBytes = withUnsafeBytes(of: uuid.uuid) { Array($0) }
    #expect(bytes(of: LockKeyPair(1, uuid)) == word(1) + uuidBytes)
  }

  /// Around each boundary: of a word, of what is kept in an entry, of what is made on the stack.
  @Test func textOfEachLengthIsOneKeyByAllRoutes() {
    for length in Array(0...80) + [255, 1_000, 1_100] {
      let text = String((0..<length).map { Character(UnicodeScalar(97 + UInt8($0 % 26))) })
      let key = LockKeyPair(7, text)
      let substring = LockKeyPair(7, ("x" + text).dropFirst())
      #expect(bytes(of: key) == bytes(of: substring))
      #expect(bytes(of: key).count == 16 + (length + 7) / 8 * 8)
      #expect(bytes(of: key).dropFirst(16).starts(with: text.utf8))
      #expect(bytes(of: key).dropFirst(16 + length).allSatisfy { $0 == 0 })
      let longer = LockKeyPair(7, text + "\0")
      #expect(bytes(of: key) != bytes(of: longer))
      #expect(meet(key, key, in: LockTable()) && areStrangers(key, longer, in: LockTable()))
    }
  }

  @Test func threeToSixPartsAreOneKeyIfAllAreEqual() {
    let triple: LockKeyTriple<String, Int, String> = LockKeyPair("tenant", 7, "é")
    expectOneKey(triple, LockKeyPair("tenant", 7, "e\u{301}"))
    expectTwoKeys(triple, LockKeyPair("tenant", 8, "é"))
    let quadruple: LockKeyQuadruple<Int, Bool, String, [UInt8]> = LockKeyPair(1, true, "a", [2])
    expectOneKey(quadruple, LockKeyPair(1, true, "a", [2]))
    expectTwoKeys(quadruple, LockKeyPair(1, false, "a", [2]))
    let quintuple: LockKeyQuintuple<Int, Int, Int, Int, String> = LockKeyPair(1, 2, 3, 4, "")
    expectTwoKeys(quintuple, LockKeyPair(1, 2, 3, 4, "\0"))
    let sextuple: LockKeySextuple<Int8, Int16, Int32, Int64, UInt64, UUID> =
      LockKeyPair(1, 2, 3, 4, 5, UUID())
    expectOneKey(sextuple, sextuple)
    expectTwoKeys(sextuple, LockKeyPair(1, 2, 3, 4, 5, UUID()))
  }

  @Test func aKeyOfPartsPrintsThem() {
    #expect(LockKeyPair(7, "Jörg").description == "7/Jörg")
    #expect(LockKeyPair(1, "a", true).description == "1/a/true")
    #expect(LockKeyPair(LockKeyPair(1, 2), 3).description == "1/2/3")
  }

  @Test func truthAndDataAreKeysAndParts() {
    expectTwoKeys(true, false)
    expectTwoKeys(Data([1]), Data([1, 0]))
    expectOneKey(Data([0, 1, 2]).dropFirst(), Data([1, 2]))
    expectOneKey(LockKeyPair(Data([1]), false), LockKeyPair(Data([1]), false))
    expectTwoKeys(LockKeyPair(Data([1]), Data()), LockKeyPair(Data(), Data([1])))
    #expect(bytes(of: LockKeyPair(Data([5]), 1)) == bytes(of: LockKeyPair([UInt8(5)], 1)))
  }
}
