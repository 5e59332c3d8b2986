internal import CLockTable

// How a table asks for the capacity of a key: with no lock held. A ticket numbers each question, so
// that the answer to an older one does not replace that to a newer one.

extension SemaphoreTable {
  /// Asks again for the capacity of a key that is in use.
  func askAgain(_ key: Key) {
    guard let capacity else { return }
    withExtendedLifetime(locks) {
      var ticket: UInt64 = 0
      let pin = locks.withPrepared(key) { prepared in
        withUnsafePointer(to: prepared) {
          lt_permits_ask_again(locks.core.pointer, $0, &ticket)
        }
      }
      guard pin.place != nil else { return }
      lt_permits_set(pin, checked(capacity(key), for: key), ticket)
      lt_unpin(pin)
    }
  }

  /// Asks for the number of permits of a key that is pinned, unless somebody has.
  func ask(_ pin: lt_hold_t, _ key: Key) {
    guard let capacity else { return }
    let ticket = lt_permits_ask(pin)
    guard ticket != 0 else { return }
    let call = locks.notedCall
    lt_permits_set(pin, checked(capacity(key), for: key), ticket)
    locks.note(call)
  }

  private func checked(_ capacity: Int, for key: Key) -> UInt32 {
    guard capacity >= 0 else {
      fatalError(
        """
        LockTable: permits: returned \(capacity) for \(name(of: key)); a key can't have fewer than \
        0 permits
        """)
    }
    return UInt32(min(capacity, Int(LT_MOST_PERMITS)))
  }

  private func name(of key: Key) -> String {
    locks.naming.qualified(locks.naming.text(for: key))
  }
}
