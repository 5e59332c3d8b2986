public import CLockTable
public import CSwiftTask

/// The handle on the C core: the one place that calls it.
///
/// Everything here is unsafe in one respect: a call must not begin after `close()`. `LockTable`, the
/// only owner, closes in its `deinit` and keeps itself alive over every call.
@usableFromInline
struct CoreTable: @unchecked Sendable {
  // Sound to share: the C core is made to be called from any thread.
  @usableFromInline let pointer: OpaquePointer

  @inlinable
  init(pointer: OpaquePointer) {
    self.pointer = pointer
  }

  /// Makes a table, or traps with what was wrong.
  init(
    kind: LockKeyKind, configuration: LockTableConfiguration, seed: (UInt64, UInt64),
    isMonitored: Bool, operations: lt_key_operations_t?, blockedTasks: BlockedTasks
  ) {
    var config = lt_config_t()
    config.stripes = UInt32(configuration.checkedStripeCount)
    config.fairness = configuration.fairness.code
    config.keys = kind.code
    config.most_waiters = UInt32(configuration.checkedMaximumWaiters)
    config.seed = seed
    config.runs_task = BlockedTasks.hook
    config.runs_task_context = blockedTasks.context
    config.resume_apart = resumeApart
    config.unmonitored = !isMonitored
    config.diagnostics = configuration.diagnostics != nil
    config.identify = identifyTask
    var table: OpaquePointer?
    let status =
      if let operations {
        withUnsafePointer(to: operations) {
          config.operations = $0
          return lt_table_create(&config, &table)
        }
      } else {
        lt_table_create(&config, &table)
      }
    guard status == LT_OK, let table else {
      outOfMemory("a table of \(configuration.checkedStripeCount) stripes")
    }
    self.pointer = table
  }

  @usableFromInline
  func close() {
    lt_table_close(pointer)
  }

  @inlinable
  func acquire(integer: UInt64, deadline: UInt64, mode: HoldMode) -> lt_hold_t {
    switch mode {
    case .exclusive: lt_acquire_integer(pointer, integer, deadline)
    case .shared: lt_acquire_integer_shared(pointer, integer, deadline)
    }
  }

  /// The bytes need to live until the call returns, no longer: the core copies.
  @inlinable
  func acquire(bytes: UnsafeRawBufferPointer, deadline: UInt64, mode: HoldMode) -> lt_hold_t {
    switch mode {
    case .exclusive: lt_acquire_bytes(pointer, bytes.baseAddress, bytes.count, deadline)
    case .shared: lt_acquire_bytes_shared(pointer, bytes.baseAddress, bytes.count, deadline)
    }
  }

  /// Fails with `LT_NOT_ASCII`, having done nothing, if a byte is above 0x7f.
  @inlinable
  func acquire(ascii: UnsafeRawBufferPointer, deadline: UInt64, mode: HoldMode) -> lt_hold_t {
    switch mode {
    case .exclusive: lt_acquire_ascii(pointer, ascii.baseAddress, ascii.count, deadline)
    case .shared: lt_acquire_ascii_shared(pointer, ascii.baseAddress, ascii.count, deadline)
    }
  }

  @inlinable
  func acquire(key: lt_key_t, deadline: UInt64, mode: HoldMode) -> lt_hold_t {
    withUnsafePointer(to: key) { key in
      switch mode {
      case .exclusive: lt_acquire(pointer, key, deadline)
      case .shared: lt_acquire_shared(pointer, key, deadline)
      }
    }
  }

  /// Several keys, in the core's order. `holds` are the keys, and then what they became.
  @inlinable
  func acquire(integers holds: consuming HoldBuffer, deadline: UInt64) -> TakenHolds {
    var taken = 0
    let status = lt_acquire_multi_integers(
      pointer, holds.base, &holds.count, &taken, deadline)
    return holds.result(status, taken: taken)
  }

  /// The same; the keys have to be as many. What they borrow needs to live until the call returns.
  @inlinable
  func acquire(
    keys: UnsafeMutablePointer<lt_key_t>, holds: consuming HoldBuffer, deadline: UInt64
  ) -> TakenHolds {
    var taken = 0
    let status = lt_acquire_multi(
      pointer, keys, holds.base, &holds.count, &taken, deadline)
    return holds.result(status, taken: taken)
  }

  @inlinable
  func key(integer: UInt64) -> lt_key_t {
    lt_key_integer(pointer, integer)
  }

  /// Borrows the bytes: the key is good for as long as they are.
  @inlinable
  func key(bytes: UnsafeRawBufferPointer) -> lt_key_t {
    lt_key_bytes(pointer, bytes.baseAddress, bytes.count)
  }

  /// Borrows what `wanted` points at.
  @inlinable
  func key(hash: Int, wanted: UnsafeRawPointer) -> lt_key_t {
    lt_key_opaque(pointer, UInt64(bitPattern: Int64(hash)), wanted)
  }

  @usableFromInline
  func pin(_ key: lt_key_t) -> lt_hold_t {
    withUnsafePointer(to: key) { lt_pin(pointer, $0) }
  }

  @usableFromInline
  func isHeld(_ key: lt_key_t) -> Bool {
    withUnsafePointer(to: key) { lt_is_held(pointer, $0) }
  }

  /// Is one of the holds, which the caller has, a hold of the key?
  func isHold(_ holds: UnsafeBufferPointer<lt_hold_t>, of key: lt_key_t) -> Bool {
    guard let base = holds.baseAddress else { return false }
    return withUnsafePointer(to: key) { lt_is_hold_of(pointer, $0, base, holds.count) }
  }

  /// Shows each live key, with no lock held. False if some are missing, as memory ran out.
  func visit(waitedForOnly: Bool, _ body: (lt_report_t) -> Void) -> Bool {
    withoutActuallyEscaping(body) { body in
      var visitor = Visitor(body: body)
      let status = withUnsafeMutablePointer(to: &visitor) { visitor in
        lt_table_inspect(
          pointer, waitedForOnly,
          { context, report in
            // Sound: the context is the visitor of the call in progress.
            context?.assumingMemoryBound(to: Visitor.self).pointee.body(report.pointee)
          }, visitor)
      }
      return status == LT_OK
    }
  }

  private struct Visitor {
    let body: (lt_report_t) -> Void
  }

  @usableFromInline var count: Int { Int(lt_table_count(pointer)) }
  @usableFromInline var isEmpty: Bool { lt_table_is_empty(pointer) }
  @usableFromInline var stripeCount: Int { Int(lt_table_stripes(pointer)) }
  var blockedTaskCount: Int { Int(lt_table_task_sleeps(pointer)) }
  package var bytes: Int { Int(lt_table_bytes(pointer)) }

  var statistics: lt_statistics_t {
    var statistics = lt_statistics_t()
    lt_table_statistics(pointer, &statistics)
    return statistics
  }
}

extension lt_hold_t {
  /// Why there is no hold. Only for a failed acquisition.
  @inlinable
  var status: UInt32 { UInt32(truncatingIfNeeded: tag) }

  @inlinable
  var isNotASCII: Bool { place == nil && status == LT_NOT_ASCII }

  /// Traps if the core ran out of memory; a wait without limit has no other way to fail.
  @inlinable
  func orTrap() -> lt_hold_t {
    if place == nil {
      outOfMemory("a key's entry")
    }
    return self
  }

  /// After `LT_OR_PIN`: is the key held by another, and pinned?
  @inlinable
  var isPin: Bool { UInt(bitPattern: place) & UInt(LT_PIN_BIT) != 0 }

  /// The pin that `isPin` speaks of.
  var asPin: lt_hold_t { lt_hold_t(place: place.map { $0 - Int(LT_PIN_BIT) }, tag: tag) }

  /// The hold, or the pin, marked with how its key is held or to be held.
  @inlinable
  func marked(_ mode: HoldMode) -> lt_hold_t {
    switch mode {
    case .exclusive: self
    case .shared: lt_hold_t(place: place.map { $0 + Int(LT_SHARED_BIT) }, tag: tag)
    }
  }

  /// Nil if the key was taken; traps if the core ran out of memory.
  @inlinable
  var ifHeld: lt_hold_t? {
    if place != nil {
      return self
    }
    if status == LT_NO_MEMORY {
      outOfMemory("a key's entry")
    }
    return nil
  }
}

extension lt_hold_t {
  /// The hold, or the error that says why there is none.
  @usableFromInline
  func orThrow() throws -> lt_hold_t {
    guard place == nil else { return self }
    throw lockError(for: status)
  }
}

extension lt_hold_t {
  /// The one check for cancellation, after the key is held: a task that was cancelled before the
  /// previous holder released the key finds that out here. Gives the hold back then.
  @inlinable
  @inline(__always)
  func unlessCancelled(_ mode: HoldMode) throws -> lt_hold_t {
    if lt_task_is_cancelled() {
      throw giveBackForCancellation(self, mode: mode)
    }
    return self
  }
}

@usableFromInline
@inline(never)
func giveBackForCancellation(_ hold: lt_hold_t, mode: HoldMode) -> any Error {
  mode.release(hold)
  return CancellationError()
}

/// The error for a failed acquisition that was asked to throw.
@usableFromInline
func lockError(for status: UInt32) -> any Error {
  switch status {
  case LT_CANCELLED: CancellationError()
  case LT_TOO_MANY: LockTableError.tooManyWaiters
  case LT_NO_THREAD: LockTableError.noTimer
  case LT_NO_MEMORY: outOfMemory("a key's entry")
  default: LockTimeoutError()
  }
}

/// Called by the core's own thread, which keeps the deadlines of all tasks: a task's executor is
/// user code, and may block where a job is enqueued, so that is left to the global executor.
private let resumeApart: @convention(c) (lt_resume_t, UnsafeMutableRawPointer) -> Void = {
  resume, continuation in
  // Sound to send: a continuation may be resumed on any thread, once, which this is.
  nonisolated(unsafe) let (resume, continuation) = (resume, continuation)
  Task.detached { resume(continuation) }
}

/// Called by the core for each acquisition, with diagnostics: which task is running?
private let identifyTask: @convention(c) (UnsafeMutablePointer<lt_acquirer_t>) -> Bool = { who in
  let id = withUnsafeCurrentTask { task in task.map { UInt64(truncatingIfNeeded: $0.hashValue) } }
  guard let id else { return false }
  who.pointee.id = id
  who.pointee.is_task = 1
  if #available(macOS 26, *), let name = Task.name {
    withUnsafeMutableBytes(of: &who.pointee.name) { $0.dropLast().copyUTF8(of: name) }
  }
  return true
}

extension Slice<UnsafeMutableRawBufferPointer> {
  /// As much of the text as there is room for, without half a character at the end.
  fileprivate func copyUTF8(of text: String) {
    var index = startIndex
    for scalar in text.unicodeScalars {
      let bytes = scalar.utf8
      guard bytes.count <= endIndex - index else { return }
      for byte in bytes {
        base[index] = byte
        index += 1
      }
    }
  }
}

@usableFromInline
@inline(never)
func outOfMemory(_ purpose: String) -> Never {
  fatalError("LockTable: out of memory for \(purpose)")
}
