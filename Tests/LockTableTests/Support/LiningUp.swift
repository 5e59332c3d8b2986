import Foundation
import LockTable

extension LockTable {
  /// Waits until so many wait for the key. False: it is over before that.
  @discardableResult
  func awaitWaiters(
    _ count: Int, for key: Key, unless isOver: () -> Bool = { false }
  ) -> Bool {
    while snapshot().keys.first(where: { $0.key == key })?.waiterCount != count {
      if isOver() { return false }
      Thread.sleep(forTimeInterval: 0.001)
    }
    return true
  }
}

/// Plays a scene with a limit that has to be long enough for all to line up in time: on a machine with
/// other work, again with a longer one.
func untilLinedUp(from first: Duration, scene: (_ limit: Duration) -> Bool) {
  var limit = first
  while !scene(limit) {
    limit *= 4
  }
}
