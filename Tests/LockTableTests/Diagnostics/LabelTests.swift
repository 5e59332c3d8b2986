import LockTable
import Testing

extension LockTable<String> {
  /// What the only holder of `key` acquired it for.
  fileprivate func holderLabel(of key: String = "k") -> String? {
    snapshot().keys.first { $0.key == key }?.holders.first?.label
  }

  /// The labels of those that wait for `key`.
  fileprivate func waiterLabels(of key: String = "k") -> [String?] {
    snapshot().keys.first { $0.key == key }?.waiters.map(\.label) ?? []
  }
}

/// Labels that are values of tasks.
@Suite(.watched) struct TaskLocalLabelTests {
  private let locks = LockTable<String>.diagnosed()

  @Test func aLabelIsThatOfTheInnermostScope() {
    #expect(locks.withLock("k") { locks.holderLabel() } == nil)
    LockLabel.$current.withValue("request 7") {
      #expect(LockLabel.current == "request 7")
      #expect(locks.withLock("k") { locks.holderLabel() } == "request 7")
      LockLabel.$current.withValue("retry") {
        #expect(locks.withLock("k") { locks.holderLabel() } == "retry")
      }
      LockLabel.$current.withValue(nil) {
        #expect(locks.withLock("k") { locks.holderLabel() } == nil)
      }
      #expect(locks.withLock("k") { locks.holderLabel() } == "request 7")
    }
    #expect(locks.withLock("k") { locks.holderLabel() } == nil && LockLabel.current == nil)
  }

  @Test func aLabelGoesWithTheTaskAndItsChildren() async throws {
    try await LockLabel.$current.withValue("job") {
      await Task.yield()
      try await locks.withLock("k") { #expect(locks.holderLabel() == "job") }
      async let child = locks.withLock("k") { locks.holderLabel() }
      #expect(try await child == "job")
      try await withThrowingTaskGroup { [locks] group in
        group.addTask { try await locks.withLock("k") { locks.holderLabel() } }
        group.addTask {
          try await LockLabel.$current.withValue("part") {
            try await locks.withLock("l") { locks.holderLabel(of: "l") }
          }
        }
        let labels = try await group.reduce(into: Set()) { $0.insert($1) }
        #expect(labels == ["job", "part"])
      }
      let copied = Task { [locks] in try await locks.withLock("k") { locks.holderLabel() } }
      #expect(try await copied.value == "job")
      let detached = Task.detached { [locks] in
        try await locks.withLock("k") { locks.holderLabel() }
      }
      #expect(try await detached.value == nil)
    }
    try await locks.withLock("k") { #expect(locks.holderLabel() == nil) }
  }

  //  this thread       another           another
  //  holds k
  //                    waits, labelled   waits, without a label
  @Test func eachThreadHasItsOwn() async {
    await onPlainThread { [locks] in
      LockLabel.$current.withValue("first") {
        let held = locks.acquire("k")
        let labelled = NativeThread {
          LockLabel.$current.withValue("second") { locks.withLock("k") {} }
        }
        let plain = NativeThread { locks.withSharedLock("k") {} }
        while locks.waiterLabels().count < 2 {}
        #expect(Set(locks.waiterLabels()) == ["second", nil])
        #expect(locks.holderLabel() == "first")
        held.release()
        labelled.join()
        plain.join()
      }
      #expect(locks.becomesEmpty)
    }
  }

  @Test func aLongLabelIsCutOffBetweenCharacters() {
    // Of one to four bytes.
    let cases: [(String, kept: Int)] = [("e", 39), ("é", 19), ("€", 13), ("𝄞", 9)]
    for (character, count) in cases {
      for length in [count - 1, count, count + 1, 1_000] {
        let label = String(repeating: character, count: length)
        LockLabel.$current.withValue(label) {
          #expect(
            locks.withLock("k") { locks.holderLabel() }
              == String(repeating: character, count: min(length, count)))
        }
      }
    }
    LockLabel.$current.withValue("") {
      #expect(locks.withLock("k") { locks.holderLabel() } == nil)
    }
    LockLabel.$current.withValue("a\nb") {
      #expect(locks.withLock("k") { "\(locks.snapshot())" }.contains(#", a\nb, at "#))
    }
  }
}
