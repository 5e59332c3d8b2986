import Dispatch

/// Does one thing over and over. The loop is inside the closure, which calls no other: what is measured is
/// what the compiler makes of a client's call.
public final class Loop: Sendable {
  /// Does it so many times, and blocks its thread.
  public typealias Blocking = @Sendable (_ count: Int) -> Void
  /// Does it so many times, in a task.
  public typealias Suspending =
    nonisolated(nonsending) @Sendable (_ count: Int) async throws -> Void

  private enum Body {
    case blocking(Blocking)
    case suspending(Suspending)
  }

  /// What is done, in words.
  public let name: String
  private let body: Body

  /// A loop of a thread.
  public init(_ name: String, _ body: @escaping Blocking) {
    self.name = name
    self.body = .blocking(body)
  }

  /// A loop of a task.
  public init(_ name: String, inTask body: @escaping Suspending) {
    self.name = name
    self.body = .suspending(body)
  }

  /// Does it need a task? What does not blocks its thread.
  public var suspends: Bool { if case .suspending = body { true } else { false } }

  /// Does it so many times.
  public nonisolated(nonsending) func run(_ count: Int) async throws {
    switch body {
    case .blocking(let body): body(count)
    case .suspending(let body): try await body(count)
    }
  }

  /// Nanoseconds of one time, in a loop of so many.
  public nonisolated(nonsending) func nanoseconds(_ count: Int) async throws -> Double {
    let begin = DispatchTime.now().uptimeNanoseconds
    try await run(count)
    return Double(DispatchTime.now().uptimeNanoseconds - begin) / Double(count)
  }

  /// The same on the calling thread; nil if it needs a task.
  public func nanosecondsOnThread(_ count: Int) -> Double? {
    guard case .blocking(let body) = body else { return nil }
    let begin = DispatchTime.now().uptimeNanoseconds
    body(count)
    return Double(DispatchTime.now().uptimeNanoseconds - begin) / Double(count)
  }
}
