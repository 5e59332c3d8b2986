import Foundation
import Testing

/// A thread of the system's own: the members under test block, and the pool's threads are not
/// theirs to block.
final class NativeThread: Sendable {
  /// Can a test see that a thread has gone to sleep? Where it can't, it waits for a moment and hopes,
  /// which loses the forced schedule but never fails a test.
  #if os(Linux)
    static let sleepersAreVisible = true
  #else
    static let sleepersAreVisible = false
  #endif

  private let ended = Gate()
  private let begun = Gate()
  private let identifier = Guarded("")

  init(_ body: @escaping @Sendable () -> Void) {
    let thread = Thread { [self] in
      identifier.withLock { $0 = Self.ownIdentifier }
      begun.open()
      body()
      ended.open()
    }
    thread.start()
  }

  /// Waits for the end of the thread. Once.
  func join() {
    ended.pass()
  }

  /// Waits until the thread sleeps and goes on sleeping: it is queued for what it is waiting for.
  func waitUntilAsleep() {
    begun.pass()
    defer { begun.open() }
    guard Self.sleepersAreVisible else {
      Thread.sleep(forTimeInterval: 0.05)
      return
    }

    let path = "/proc/self/task/" + identifier.withLock { $0 } + "/status"
    var unchanged = 0
    var before = ""
    while unchanged < 16 {
      guard let now = Self.sleepRecord(path) else {
        Issue.record("a thread that was to wait has ended")
        return
      }
      unchanged = now.isAsleep && now.switches == before ? unchanged + 1 : 0
      before = now.switches
      Thread.sleep(forTimeInterval: 0.001)
    }
  }

  /// Is it asleep, and how often has it gone to sleep?
  private static func sleepRecord(_ path: String) -> (isAsleep: Bool, switches: String)? {
    guard let file = FileHandle(forReadingAtPath: path),
      let data = try? file.readToEnd()
    else { return nil }
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
    let state = lines.first { $0.hasPrefix("State:") } ?? ""
    let switches = lines.first { $0.hasPrefix("voluntary_ctxt_switches:") } ?? ""
    return (state.contains("S (sleeping)"), String(switches))
  }

  private static var ownIdentifier: String {
    let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
    return link.map { String($0.split(separator: "/").last ?? "") } ?? ""
  }
}

/// Runs `body` on that many threads at once, and waits for all of them.
func onThreads(_ count: Int, _ body: @escaping @Sendable (_ index: Int) -> Void) {
  let threads = (0..<count).map { index in NativeThread { body(index) } }
  for thread in threads {
    thread.join()
  }
}

/// Runs a test on a thread of the system's own and waits for its end, for tests that block on their
/// own account: the test's own thread runs a task, and must not.
func offThePool(_ body: @escaping @Sendable () -> Void) {
  NativeThread(body).join()
}
