public import CLockTable

/// Several byte keys in the core's form, with copies of their bytes. The copies stay valid when the
/// caller's collection, its keys and their identities are gone.
@usableFromInline
struct PreparedKeys {
  // Sound: `keys` and the first block of bytes are memory of the call, which outlives this value.
  // Further blocks are allocated here. Each begins with a pointer to the block before it, and
  // `freeBlocks()` frees them.
  @usableFromInline let keys: UnsafeMutablePointer<lt_key_t>
  @usableFromInline let capacity: Int
  @usableFromInline var count = 0
  @usableFromInline var free: UnsafeMutableRawPointer
  @usableFromInline var room: Int
  @usableFromInline var lastBlock: UnsafeMutableRawPointer?

  /// The number of bytes of a key that need no allocation, on average.
  @inlinable
  static var bytesPerKey: Int { 32 }

  @inlinable
  static func memorySize(capacity: Int) -> Int {
    max(capacity, 1) * (MemoryLayout<lt_key_t>.stride + bytesPerKey)
  }

  /// Uses `memory` of `memorySize(capacity:)` bytes.
  @inlinable
  init(capacity: Int, memory: UnsafeMutableRawBufferPointer) {
    guard let base = memory.baseAddress else { outOfMemory("several keys") }
    self.capacity = capacity
    keys = base.bindMemory(to: lt_key_t.self, capacity: capacity)
    free = UnsafeMutableRawPointer(keys.advanced(by: capacity))
    room = capacity * Self.bytesPerKey
  }

  /// Appends a key that `prepare` prepares, with a copy of its bytes. If there is no room for so
  /// many bytes as it returns, it has done nothing, and is called once more with more room.
  @inlinable
  @inline(__always)
  mutating func append(
    _ prepare: (UnsafeMutablePointer<lt_key_t>, UnsafeMutableRawBufferPointer) -> Int
  ) {
    guard count < capacity else { moreKeysThanCounted() }
    let memory = UnsafeMutableRawBufferPointer(start: free, count: room)
    var size = prepare(keys.advanced(by: count), memory)
    if size > room {
      addBlock(for: size)
      size = prepare(
        keys.advanced(by: count), UnsafeMutableRawBufferPointer(start: free, count: room))
    }
    free += size
    room -= size
    count += 1
  }

  @usableFromInline
  @inline(never)
  mutating func addBlock(for length: Int) {
    let header = MemoryLayout<UnsafeMutableRawPointer?>.stride
    let size = max(length, 4096)
    let block = UnsafeMutableRawPointer.allocate(
      byteCount: header + size, alignment: MemoryLayout<UnsafeMutableRawPointer?>.alignment)
    block.storeBytes(of: lastBlock, as: UnsafeMutableRawPointer?.self)
    lastBlock = block
    free = block + header
    room = size
  }

  @inlinable
  func freeBlocks() {
    var block = lastBlock
    while let last = block {
      block = last.load(as: UnsafeMutableRawPointer?.self)
      last.deallocate()
    }
  }
}
