import CFileLocks
import Foundation
import Testing

/// The token file: tokens rise, whatever happens to it.
@Suite(.timeLimit(.minutes(15)))
struct TokenFileTests {
  let directory: ScratchDirectory
  var path: String { directory.path + "/tokens" }

  init() throws {
    directory = try ScratchDirectory()
  }

  /// The file, open as by one process.
  private final class Tokens {
    private var directory: Int32 = -1
    private(set) var tokens = fl_tokens()

    init(_ path: String, isRemote: Bool = false, floor: Int64 = 0) throws {
      #expect(fl_directory_open(path, &directory) == 0)
      try #require(fl_tokens_open(directory, isRemote, floor, &tokens) == 0)
    }

    deinit {
      fl_tokens_close(&tokens)
      fl_close(directory)
    }

    func draw() throws -> Int64 {
      var token: Int64 = 0
      try #require(fl_tokens_draw(&tokens, &token) == 0)
      return token
    }

    func draw(_ count: Int) {
      var token: Int64 = 0
      for _ in 0..<count { _ = fl_tokens_draw(&tokens, &token) }
    }

    func drawError() -> Int32 {
      var token: Int64 = 0
      return fl_tokens_draw(&tokens, &token)
    }
  }

  /// Writes over the part of the file that says which boot it was used in.
  private func pretendReboot() throws {
    let file = try #require(FileHandle(forUpdatingAtPath: path))
    try file.seek(toOffset: 16)
    try file.write(contentsOf: Data("another boot of the same machine".utf8))
    try file.close()
  }

  @Test func tokensBeginWithTheTime() throws {
    let before = Int64(Date().timeIntervalSince1970 * 1_000_000)
    let token = try Tokens(directory.path).draw()
    #expect(token >= before)
    #expect(token < 1 << 57)
  }

  @Test func processesDrawFromOneSequence() throws {
    let processes = try (0..<3).map { try Tokens(directory.path, isRemote: $0 == 2) }
    var last: Int64 = 0
    for _ in 0..<100 {
      for process in processes {
        let token = try process.draw()
        #expect(token == last + 1 || last == 0)
        last = token
      }
    }
  }

  @Test func afterABootTokensAreAboveAllThatWereDrawn() throws {
    let token = try Tokens(directory.path).draw()
    try pretendReboot()
    let next = try Tokens(directory.path).draw()
    #expect(next >= token + 65_536)
    // Once for each boot.
    #expect(try Tokens(directory.path).draw() == next + 1)
  }

  @Test func aLossOfPowerDoesNotRepeatTokens() throws {
    // Of a process's tokens the first is on the disk, and then one of each 65 536.
    let process = try Tokens(directory.path)
    _ = try process.draw()
    let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? UInt64
    var last: Int64 = 0
    for _ in 0..<65_535 { last = try process.draw() }
    #expect(process.tokens.durable == size)
    let file = try #require(FileHandle(forUpdatingAtPath: path))
    try file.truncate(atOffset: process.tokens.durable)
    try file.close()
    try pretendReboot()
    #expect(try Tokens(directory.path).draw() > last)
  }

  @Test func aLaterTokenWaitsForTheDisk() throws {
    let process = try Tokens(directory.path)
    _ = try process.draw()
    let durable = process.tokens.durable
    for _ in 0..<65_536 { _ = try process.draw() }
    #expect(process.tokens.durable == durable + 65_536)
  }

  @Test func aDeletedFileIsNoticedAndBeginsAbove() throws {
    let process = try Tokens(directory.path)
    let token = try process.draw()
    try FileManager.default.removeItem(atPath: path)
    #expect(process.drawError() == ESTALE)
    #expect(try Tokens(directory.path).draw() > token)
  }

  @Test func aNewFileBeginsAboveWhatItsMakerHasSeen() throws {
    // As if the machine's clock had gone back.
    #expect(try Tokens(directory.path, floor: 1 << 53).draw() > 1 << 53)
  }

  @Test(arguments: [0, 10, 5000]) func anUnfinishedFileBeginsAnew(size: Int) throws {
    #expect(FileManager.default.createFile(atPath: path, contents: Data(count: size)))
    #expect(try Tokens(directory.path).draw() > 1 << 50)
  }

  @Test func theSpaceOfDrawnTokensIsGivenBack() throws {
    let process = try Tokens(directory.path)
    process.draw(350_000)
    var status = stat()
    #expect(stat(path, &status) == 0)
    #expect(status.st_size > 1_390_000)
    #expect(status.st_blocks * 512 < 350_000)
  }

  @Test func aSlotIsFreeWhenItsProcessHasEnded() throws {
    var process: Tokens? = try Tokens(directory.path)
    let reader = try Tokens(directory.path)
    func take(_ text: String) throws -> UInt32 {
      var tokens = try #require(process).tokens
      return fl_slot_take(&tokens, text)
    }
    #expect(try take("a") == 1)
    #expect(try text(1, of: reader) == "a")
    process = try Tokens(directory.path)
    #expect(try take("the next") == 1)
    #expect(try text(1, of: reader) == "the next")
    #expect(try text(0, of: reader) == "")
  }

  private func text(_ slot: UInt32, of tokens: Tokens) throws -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(FL_PROCESS_LENGTH) + 1) { text in
      guard let start = text.baseAddress else { return "" }
      fl_slot_read(tokens.tokens, slot, start)
      return String(cString: start)
    }
  }
}
