import Foundation

/// A counting semaphore that ThreadSanitizer understands.
final class Gate: @unchecked Sendable {
  // Sound to share: `permits` is touched under the condition's mutex only.
  private let condition = NSCondition()
  private var permits = 0

  /// Lets one through, now or later.
  func open() {
    condition.lock()
    permits += 1
    condition.signal()
    condition.unlock()
  }

  /// Waits until it is let through.
  func pass() {
    condition.lock()
    while permits == 0 {
      condition.wait()
    }
    permits -= 1
    condition.unlock()
  }
}
