import LockTable
import Testing

/// One cell of the matrix.
struct StressCase: Sendable, CustomTestStringConvertible {
  enum Mode: CaseIterable {
    case block, attempt, timed, multiKey
  }

  var threads: Int
  var keys: Int
  var mode: Mode
  var fairness = LockTableConfiguration.Fairness.adaptive

  var testDescription: String { "\(threads) threads, \(keys) keys, \(mode), \(fairness)" }

  static let all: [StressCase] =
    [2, 8, 32].flatMap { threads in
      [1, 4, 1000].flatMap { keys in
        Mode.allCases.map { StressCase(threads: threads, keys: keys, mode: $0) }
      }
    }
    + [1, 4].flatMap { keys in
      Mode.allCases.map { StressCase(threads: 8, keys: keys, mode: $0, fairness: .fifo) }
    }
}

/// The witness is a plain counter for each key: one lost addition is two holders at once.
@Suite(.watched, .serialized) struct StressTests {
  private static let operations = 10_000

  private func run<Key: Hashable & Sendable>(_ stress: StressCase, _ key: (Int) -> Key) {
    let locks = LockTable<Key>(
      configuration: .init(fairness: stress.fairness, stripeCount: stress.keys > 4 ? 16 : nil))
    let keys = (0..<stress.keys).map(key)
    let witness = Witness(count: keys.count)
    let additions = Tally()
    onThreads(stress.threads) { thread in
      var dice = Dice(thread)
      var added = 0
      for _ in 0..<max(Load.scaled(Self.operations) / stress.threads, 1) {
        let index = Int.random(in: keys.indices, using: &dice)
        switch stress.mode {
        case .block:
          locks.withLock(keys[index]) { witness.add(at: index) }
          added += 1
        case .attempt:
          let isHad: Void? = locks.withLockIfAvailable(keys[index]) { witness.add(at: index) }
          added += isHad == nil ? 0 : 1
        case .timed:
          let limit = [0, 5, 100, 100_000_000].randomElement(using: &dice) ?? 0
          let isHad: Void? = try? locks.withLock(keys[index], timeout: .microseconds(limit)) {
            witness.add(at: index)
          }
          added += isHad == nil ? 0 : 1
        case .multiKey:
          let indices = Set((0..<3).map { _ in Int.random(in: keys.indices, using: &dice) })
          locks.withLock(all: indices.map { keys[$0] }) {
            for index in indices {
              witness.add(at: index)
            }
          }
          added += indices.count
        }
      }
      additions.add(added)
    }
    #expect(witness.total == additions.count)
    #expect(locks.isEmpty)
  }

  @Test(arguments: StressCase.all) func integers(stress: StressCase) {
    run(stress) { $0 }
  }

  @Test(arguments: StressCase.all) func texts(stress: StressCase) {
    run(stress) { $0 % 2 == 0 ? "key \($0)" : "kéy \($0)" }
  }

  @Test(arguments: StressCase.all) func longTexts(stress: StressCase) {
    run(stress) { String(repeating: "long ", count: 20) + String($0) }
  }

  @Test(arguments: StressCase.all) func keysThatSwiftCompares(stress: StressCase) {
    run(stress) { Place.room("room", floor: $0) }
  }

  @Test(arguments: StressCase.all.filter { $0.keys <= 4 })
  func keysOfOneHash(stress: StressCase) {
    run(stress, Colliding.init)
  }
}
