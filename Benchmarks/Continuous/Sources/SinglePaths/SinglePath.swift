import LockTable

/// A way through LockTable that one thread takes alone. Its name is part of a file's.
public enum SinglePath: String, CaseIterable, Sendable {
  case scopedInt = "withLock-Int"
  case scopedString = "withLock-String"
  case guardInt = "acquire-Int"
  case tryInt = "withLockIfAvailable-Int"
  case severalInts = "withLock-all-two-Ints"
  case sharedInt = "withSharedLock-Int"
}

/// A way through LockTable that one task takes alone. Its name is part of a file's.
public enum SingleTaskPath: String, CaseIterable, Sendable {
  case scopedInt = "async-withLock-Int"
  case scopedString = "async-withLock-String"
}

/// What the paths lock.
///
/// Each has a function of its own with the loop in it, which is never inlined: what is measured is what
/// the compiler makes of a client's call, whatever surrounds it.
public final class Tables: @unchecked Sendable {
  // Sound to share: each benchmark has one of its own, which one thread uses at a time.
  private let ints = LockTable<Int>()
  private let strings = LockTable<String>()
  private let key = 42
  private let name = "account-000000000000000000000042"
  private let pair = [42, 43]
  private var counter = 0

  /// Tables without keys.
  public init() {}

  /// Takes a path so many times.
  public func run(_ path: SinglePath, _ count: Int) {
    switch path {
    case .scopedInt: scopedInt(count)
    case .scopedString: scopedString(count)
    case .guardInt: guardInt(count)
    case .tryInt: tryInt(count)
    case .severalInts: severalInts(count)
    case .sharedInt: sharedInt(count)
    }
  }

  /// Takes a path so many times.
  public nonisolated(nonsending) func run(_ path: SingleTaskPath, _ count: Int) async throws {
    switch path {
    case .scopedInt: try await scopedIntInTask(count)
    case .scopedString: try await scopedStringInTask(count)
    }
  }

  @inline(never)
  private func scopedInt(_ count: Int) {
    for _ in 0..<count {
      ints.withLock(key) { counter &+= 1 }
    }
  }

  @inline(never)
  private func scopedString(_ count: Int) {
    for _ in 0..<count {
      strings.withLock(name) { counter &+= 1 }
    }
  }

  @inline(never)
  private func guardInt(_ count: Int) {
    for _ in 0..<count {
      let guardian = ints.acquire(key)
      counter &+= 1
      guardian.release()
    }
  }

  @inline(never)
  private func tryInt(_ count: Int) {
    for _ in 0..<count {
      ints.withLockIfAvailable(key) { counter &+= 1 }
    }
  }

  @inline(never)
  private func severalInts(_ count: Int) {
    for _ in 0..<count {
      ints.withLock(all: pair) { counter &+= 1 }
    }
  }

  @inline(never)
  private func sharedInt(_ count: Int) {
    for _ in 0..<count {
      ints.withSharedLock(key) { counter &+= 1 }
    }
  }

  @inline(never)
  private nonisolated(nonsending) func scopedIntInTask(_ count: Int) async throws {
    for _ in 0..<count {
      try await ints.withLock(key) { counter &+= 1 }
    }
  }

  @inline(never)
  private nonisolated(nonsending) func scopedStringInTask(_ count: Int) async throws {
    for _ in 0..<count {
      try await strings.withLock(name) { counter &+= 1 }
    }
  }
}
