public import CLockTable

// Values in the entries of the core. What is unsafe about them is in this file: an entry has room
// for bytes, and what is there is a value of one type exactly while the core says that it is
// present, or while the one exclusive holder has made it and not ended it yet.

/// Ends values that a table of the core keeps, whatever their type.
@usableFromInline
class KeptValues: @unchecked Sendable {
  // Sound to share: it has constants only.
  let size: Int
  let alignment: Int

  init(size: Int, alignment: Int) {
    self.size = size
    self.alignment = alignment
  }

  /// Ends the value in the room at that address. The core calls it once for each, with no lock
  /// held.
  func end(_ room: UnsafeMutableRawPointer) {
    fatalError("LockTable: values without a type")
  }
}

final class KeptValuesOf<Content: ~Copyable>: KeptValues, @unchecked Sendable {
  init() {
    if KeptPlace<Content>.isBoxed {
      super.init(
        size: MemoryLayout<UnsafeMutablePointer<Content>>.size,
        alignment: MemoryLayout<UnsafeMutablePointer<Content>>.alignment)
    } else {
      super.init(size: MemoryLayout<Content>.size, alignment: MemoryLayout<Content>.alignment)
    }
  }

  override func end(_ room: UnsafeMutableRawPointer) {
    // Sound: the table was made for this type, and the core says that the value is there.
    KeptPlace<Content>(room: room).end()
  }
}

/// The room of a held key. It stays where it is while the key is held, and longer if the value is
/// present. A content that is too large for the room is in a box of its own.
@usableFromInline
@frozen
struct KeptPlace<Content: ~Copyable>: @unchecked Sendable {
  // Sound to share: it is an address, and the lock of the key decides which holder uses it.
  @usableFromInline let room: UnsafeMutableRawPointer

  @inlinable
  init(room: UnsafeMutableRawPointer) {
    self.room = room
  }

  /// The compiler answers where it knows the type.
  @inlinable
  static var isBoxed: Bool {
    MemoryLayout<Content>.size > Int(LT_MOST_PAYLOAD) || MemoryLayout<Content>.alignment > 16
  }

  /// Where the content is, once it was begun.
  @inlinable
  @inline(__always)
  var content: UnsafeMutablePointer<Content> {
    Self.isBoxed
      ? room.assumingMemoryBound(to: UnsafeMutablePointer<Content>.self).pointee
      : room.assumingMemoryBound(to: Content.self)
  }

  /// Puts the content there, as the only holder, where none is.
  @inlinable
  @inline(__always)
  func begin(_ content: consuming sending Content) {
    if Self.isBoxed {
      let box = UnsafeMutablePointer<Content>.allocate(capacity: 1)
      box.initialize(to: content)
      room.initializeMemory(as: UnsafeMutablePointer<Content>.self, to: box)
    } else {
      room.bindMemory(to: Content.self, capacity: 1).initialize(to: content)
    }
  }

  /// Ends what is there.
  @inlinable
  func end() {
    content.deinitialize(count: 1)
    if Self.isBoxed {
      content.deallocate()
    }
  }

  /// Takes out what is there, as the only holder.
  @inlinable
  func takeOut() -> Content {
    // Sound: what is moved out is not ended here, and the core does not know it any more.
    let content = content
    let taken = content.move()
    if Self.isBoxed {
      content.deallocate()
    }
    return taken
  }
}

extension CoreTable {
  /// The room of a held key, and whether its value is present.
  @inlinable
  @inline(__always)
  func value(of hold: lt_hold_t) -> lt_value_t {
    lt_value_of(pointer, hold)
  }

  /// The number of values that are present.
  var valueCount: Int { Int(lt_table_count_values(pointer)) }

  /// The number of keys that are held, waited for, or pinned.
  var usedCount: Int { Int(lt_table_count_used(pointer)) }

  /// Ends all values. Nobody uses the table any more.
  func endValues() {
    lt_table_end_values(pointer)
  }

  /// Pins the keys of one stripe that have values. The caller gives all pins back.
  func pinValues(ofStripe stripe: Int) -> [lt_hold_t] {
    // Arrays without room are one object of the whole process. Making one writes to it, which
    // ThreadSanitizer reports of two threads.
    var room = Int(lt_pin_values(pointer, UInt32(stripe), nil, 0))
    while room > 0 {
      var count = 0
      let pins = [lt_hold_t](unsafeUninitializedCapacity: room) { buffer, initialized in
        count = Int(lt_pin_values(pointer, UInt32(stripe), buffer.baseAddress, buffer.count))
        initialized = count <= buffer.count ? count : 0
      }
      if pins.count == count {
        return pins
      }
      // More may come meanwhile.
      room = count + count / 4 + 1
    }
    return []
  }

  /// Calls `body` with the report of a pinned key.
  func name(pinned pin: lt_hold_t, _ body: (lt_report_t) -> Void) {
    withoutActuallyEscaping(body) { body in
      var naming = Naming(body: body)
      withUnsafeMutablePointer(to: &naming) { naming in
        lt_name_pinned(
          pin,
          { context, report in
            // Sound: the context is that of the call in progress.
            context?.assumingMemoryBound(to: Naming.self).pointee.body(report.pointee)
          }, naming)
      }
    }
  }

  private struct Naming {
    let body: (lt_report_t) -> Void
  }
}
