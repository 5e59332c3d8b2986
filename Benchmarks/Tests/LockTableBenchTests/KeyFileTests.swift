import Foundation
import Testing

@testable import lock_table_bench

@Suite struct KeyFileTests {
  @Test func linesAreKeysInTheirOrder() throws {
    let file = try read("b\r\na\n\nb")
    #expect(file.keys == ["b", "a"])
    #expect(file.lines == [0, 1, 0])
    #expect(file.skipped == 1)
    #expect(file.counts == [2, 1])
  }

  @Test func aColumnIsAKey() throws {
    let spaces = try read("1  x\n2\ty\n", column: .init(number: 2, separator: nil))
    #expect(spaces.keys == ["x", "y"])
    let commas = try read("1,,x\n2,,y\n", column: .init(number: 3, separator: ","))
    #expect(commas.keys == ["x", "y"])
  }

  @Test func linesAreDealtToTheThreads() throws {
    let order = try read("a\nb\nc\na\nb").order(threads: 2)
    #expect(order.orders == [[0, 2, 1], [1, 0]])
  }

  @Test func linesMayCrossThePiecesThatAreRead() throws {
    let keys = (0..<60_000).map { "key-\($0)" }
    #expect(try read(keys.joined(separator: "\n")).keys == keys)
  }

  @Test(arguments: ["": "it is empty", "\n\r\n": "every line is empty"])
  func aFileWithoutKeysIsRefused(text: String, reason: String) {
    #expect { try read(text) } throws: { "\($0)".contains(reason) }
  }

  @Test func aMissingColumnIsNamed() {
    #expect {
      try read("a b c\nd e\n", column: .init(number: 3, separator: nil))
    } throws: {
      "\($0)".hasPrefix("Line 2 of ") && "\($0)".contains("no column 3: it has 2")
    }
  }

  @Test func whatIsNotTextIsNamed() {
    #expect { try read(Data([0x61, 0x0a, 0xff, 0x0a])) } throws: {
      "\($0)".hasPrefix("Line 2 of ") && "\($0)".hasSuffix("is not UTF-8.")
    }
  }

  @Test func aFolderIsNoFile() {
    #expect(throws: FileFailure.self) { try KeyFile(path: NSTemporaryDirectory()) }
  }

  private func read(_ text: String, column: KeyFile.Column? = nil) throws -> KeyFile {
    try read(Data(text.utf8), column: column)
  }

  private func read(_ data: Data, column: KeyFile.Column? = nil) throws -> KeyFile {
    try withFile(data) { try KeyFile(path: $0, column: column) }
  }
}
