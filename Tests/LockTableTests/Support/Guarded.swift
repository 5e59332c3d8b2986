import Foundation

/// A value and its mutex. Not `Synchronization.Mutex`, whose waiting ThreadSanitizer does not see.
final class Guarded<Value: ~Copyable>: @unchecked Sendable {
  // Sound to share: `value` is touched under the lock only.
  private let lock = NSLock()
  private var value: Value

  init(_ value: consuming sending Value) {
    self.value = value
  }

  func withLock<Result: ~Copyable>(_ body: (inout Value) -> Result) -> Result {
    lock.lock()
    defer { lock.unlock() }
    return body(&value)
  }
}

/// Something that is put down by one thread and picked up by another.
final class Parcel<Content: ~Copyable & Sendable>: Sendable {
  private let content: Guarded<Content?>

  init(_ content: consuming Content?) {
    self.content = Guarded(content)
  }

  func put(_ new: consuming Content) {
    var new = Optional(new)
    content.withLock { $0 = new.take() }
  }

  func take() -> Content? {
    content.withLock { $0.take() }
  }
}
