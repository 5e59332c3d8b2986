#if TBB
  import CNativeTBB

  /// What becomes of an element that nobody holds any more.
  protocol ElementFate {
    static var isErased: Bool { get }
  }

  enum Kept: ElementFate {
    static var isErased: Bool { false }
  }

  enum Erased: ElementFate {
    static var isErased: Bool { true }
  }

  final class TBBIntTable<Fate: ElementFate>: NativeTable, @unchecked Sendable {
    typealias Key = Int

    // Sound to share: the table's functions may be called by any thread.
    private let table = tbb_int_create()

    deinit {
      tbb_int_destroy(table)
    }

    @inline(__always)
    func run(_ key: Int, _ body: () -> Void) {
      var hold = tbb_hold()
      // Sound: an accessor lies there until it is unlocked, and does not move meanwhile.
      withUnsafeMutablePointer(to: &hold) { hold in
        tbb_int_lock(table, Int64(key), hold)
        body()
        if Fate.isErased {
          tbb_int_unlock_erasing(table, hold)
        } else {
          tbb_int_unlock(hold)
        }
      }
    }
  }

  final class TBBStringTable<Fate: ElementFate>: NativeTable, @unchecked Sendable {
    typealias Key = String

    // Sound to share: the table's functions may be called by any thread.
    private let table = tbb_string_create()

    deinit {
      tbb_string_destroy(table)
    }

    @inline(__always)
    func run(_ key: String, _ body: () -> Void) {
      var hold = tbb_hold()
      // Sound: an accessor lies there until it is unlocked, and does not move meanwhile.
      withUnsafeMutablePointer(to: &hold) { hold in
        key.withNativeBytes { tbb_string_lock(table, $0.baseAddress, $0.count, hold) }
        body()
        if Fate.isErased {
          tbb_string_unlock_erasing(table, hold)
        } else {
          tbb_string_unlock(hold)
        }
      }
    }
  }
#endif
