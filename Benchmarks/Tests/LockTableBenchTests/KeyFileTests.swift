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

  @Test(arguments: [
    ("", #"has no keys: it is empty\.$"#), ("\n\r\n", #"has no keys: every line is empty\.$"#),
    ("a b c\nd e\n", "^Line 2 of .* has no column 3: it has 2, separated by spaces or tabs"),
    ("a b c\n\u{ff}\n", #"^Line 2 of .* is not UTF-8\.$"#),
  ])
  func whatIsWrongIsNamed(text: String, reason: String) throws {
    let data = try #require(text.data(using: .isoLatin1))
    #expect { try read(data, column: .init(number: 3, separator: nil)) } throws: {
      "\($0)".range(of: reason, options: .regularExpression) != nil
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
