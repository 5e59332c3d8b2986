import Foundation
import LockTable

/// Posts to accounts, each of which is a file in a folder:
///
///     ledger FOLDER < POSTINGS
///
/// A line such as `rent bank 120` moves 120 from `rent` to `bank`. Lines are posted several at a time, but
/// never two that share an account.
@main struct Ledger {
  static func main() async throws {
    guard CommandLine.arguments.count == 2 else {
      print("usage: ledger FOLDER < POSTINGS")
      exit(2)
    }
    let ledger = Ledger(folder: URL(filePath: CommandLine.arguments[1]))
    try FileManager.default.createDirectory(
      at: ledger.folder, withIntermediateDirectories: true)
    do {
      try await ledger.postAll()
    } catch {
      FileHandle.standardError.write(Data("ledger: \(error)\n".utf8))
      exit(1)
    }
    for (account, balance) in try ledger.balances() {
      print(account, balance)
    }
  }

  let folder: URL
  /// One table for all that must agree.
  let locks = LockTable<String>()

  /// A line that can't be posted ends this. The lines before it are posted or not begun.
  private func postAll() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      var number = 0
      while let line = readLine() {
        number += 1
        let posting = try Posting(line, number)
        if number > 8 {
          _ = try await group.next()
        }
        group.addTask { try await post(posting) }
      }
      try await group.waitForAll()
    }
  }

  private func post(_ posting: Posting) async throws {
    // Both at once and in any order: two postings between the same accounts can't deadlock.
    try await locks.withLock(all: [posting.from, posting.to]) {
      try await add(-posting.amount, to: posting.from)
      try await add(posting.amount, to: posting.to)
    }
  }

  /// Only with the account locked: between the read and the write the task is suspended.
  private func add(_ amount: Int, to account: String) async throws {
    let file = folder.appending(path: account)
    let balance = (try? String(contentsOf: file, encoding: .utf8)).flatMap { Int($0) } ?? 0
    try await Task.sleep(for: .milliseconds(1))
    try String(balance + amount).write(to: file, atomically: true, encoding: .utf8)
  }

  /// Nobody posts any more.
  private func balances() throws -> [(account: String, balance: Int)] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted().map { account in
      let text = try String(contentsOf: folder.appending(path: account), encoding: .utf8)
      return (account, Int(text) ?? 0)
    }
  }
}

struct Posting {
  var from: String
  var to: String
  var amount: Int

  init(_ line: String, _ number: Int) throws {
    let parts = line.split(separator: " ").map(String.init)
    guard parts.count == 3, let amount = Int(parts[2]),
      parts[..<2].allSatisfy({ $0.allSatisfy(\.isLetter) })
    else {
      throw Mistake(description: "line \(number): expected FROM TO AMOUNT, not '\(line)'")
    }
    (from, to, self.amount) = (parts[0], parts[1], amount)
  }

  struct Mistake: Error, CustomStringConvertible {
    var description: String
  }
}
