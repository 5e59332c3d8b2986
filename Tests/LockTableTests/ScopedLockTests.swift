import LockTable
import Testing

@Suite struct ScopedLockTests {
  @Test func aKeyIsHeldWhileTheBodyRunsAndGoneAfterwards() {
    let locks = LockTable<String>()
    locks.withLock("a") {
      #expect(locks.isLocked("a"))
      #expect(locks.withLockIfAvailable("a") { 1 } == nil)
    }
    #expect(locks.isEmpty)
  }
}
