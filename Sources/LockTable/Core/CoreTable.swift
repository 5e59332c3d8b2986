public import CLockTable

/// The Swift handle on one table of the C core.
///
/// Everything here is unsafe in one respect: no call may begin after `close()`. `LockTable` is the
/// only owner. `LockTable` closes the table in its `deinit`, and keeps itself alive during every
/// call.
@usableFromInline
struct CoreTable: @unchecked Sendable {
  // Sound to share: any thread may call the C core.
  @usableFromInline let pointer: OpaquePointer

  @inlinable
  init(pointer: OpaquePointer) {
    self.pointer = pointer
  }

  /// Makes a table. Traps if the configuration is out of range, or if memory runs out.
  init(
    kind: LockKeyKind, configuration: LockTableConfiguration, seed: (UInt64, UInt64),
    isMonitored: Bool, purpose: TablePurpose, keys: OpaqueKeyOperations?,
    blockedTasks: BlockedTasks, number: UInt
  ) {
    var config = lt_config_t()
    config.stripes = UInt32(configuration.checkedStripeCount)
    config.fairness = configuration.fairness.code
    config.keys = kind.code
    config.most_waiters = UInt32(configuration.checkedMaximumWaitersPerKey)
    config.most_in_table = UInt32(configuration.checkedMaximumWaiters)
    config.purpose = purpose.code
    config.payload_size = UInt32(purpose.payloadSize)
    config.payload_alignment = UInt32(purpose.payloadAlignment)
    config.permits = purpose.permits
    config.use(purpose.values, inUseOnly: purpose.valuesInUseOnly)
    config.flight_operations = purpose.code == LT_FOR_FLIGHTS ? Flight.operations : nil
    config.seed = seed
    config.runs_task = BlockedTasks.hook
    config.runs_task_context = blockedTasks.context
    config.resume_apart = resumeApart
    config.unmonitored = !isMonitored
    config.diagnostics = configuration.diagnostics != nil
    config.identify = identifyTask
    // Not the table itself: a suspension's call may tell of a wait that is over, and the table with
    // it.
    config.wait_began = { context in
      MonitoredTables.table(UInt(bitPattern: context))?.waitBegan()
    }
    config.wait_began_context = UnsafeMutableRawPointer(bitPattern: number)
    var table: OpaquePointer?
    let status =
      switch keys {
      case .boxes(let operations):
        withUnsafePointer(to: operations) {
          config.operations = $0
          return lt_table_create(&config, &table)
        }
      case .values(let kind, let operations):
        withUnsafePointer(to: operations) {
          config.keys = kind
          config.value_operations = $0
          return lt_table_create(&config, &table)
        }
      case nil:
        lt_table_create(&config, &table)
      }
    guard status == LT_OK, let table else {
      outOfMemory("a table of \(configuration.checkedStripeCount) stripes")
    }
    self.pointer = table
  }

  /// How many permits each key has, or `LT_PERMITS_BY_KEY`. Only of a table of permits.
  var permits: UInt32 { lt_table_permits(pointer) }

  /// Whether holds and waits that begin from now on get records.
  var isRecording: Bool {
    get { lt_table_is_recording(pointer) }
    nonmutating set { lt_table_set_recording(pointer, newValue) }
  }

  /// `MonitoredTable.waitBegan()` follows the next wait that begins.
  func tellNextWait() {
    lt_table_tell_next_wait(pointer)
  }

  @usableFromInline
  func close() {
    lt_table_close(pointer)
  }

  /// Refuses calls that can fail, from now on. Not the end of the table: that is `close()`.
  func shutDown() {
    lt_table_shut_down(pointer)
  }

  var isShutDown: Bool { lt_table_is_shut_down(pointer) }

  /// Fails the wait that a snapshot shows with this serial number. Returns false if the wait can't
  /// fail, or is over.
  func failDeadlocked(_ serial: UInt64) -> Bool {
    lt_fail_waiter(pointer, serial, LT_DEADLOCK)
  }

  @inlinable
  func acquire(integer: UInt64, deadline: UInt64, mode: LockMode) -> lt_hold_t {
    switch mode {
    case .exclusive: lt_acquire_integer(pointer, integer, deadline)
    case .shared: lt_acquire_integer_shared(pointer, integer, deadline)
    }
  }

  /// The core copies the bytes, so they need to live only until the call returns.
  @inlinable
  func acquire(bytes: UnsafeRawBufferPointer, deadline: UInt64, mode: LockMode) -> lt_hold_t {
    switch mode {
    case .exclusive: lt_acquire_bytes(pointer, bytes.baseAddress, bytes.count, deadline)
    case .shared: lt_acquire_bytes_shared(pointer, bytes.baseAddress, bytes.count, deadline)
    }
  }

  /// If a byte is above 0x7f, fails with `LT_NOT_ASCII` and changes nothing.
  @inlinable
  func acquire(ascii: UnsafeRawBufferPointer, deadline: UInt64, mode: LockMode) -> lt_hold_t {
    switch mode {
    case .exclusive: lt_acquire_ascii(pointer, ascii.baseAddress, ascii.count, deadline)
    case .shared: lt_acquire_ascii_shared(pointer, ascii.baseAddress, ascii.count, deadline)
    }
  }

  /// The core copies the bytes, as above.
  @inlinable
  func acquire(
    value: UnsafeRawPointer, size: Int, hash: UInt64, deadline: UInt64, mode: LockMode
  ) -> lt_hold_t {
    switch mode {
    case .exclusive: lt_acquire_value(pointer, hash, value, size, deadline)
    case .shared: lt_acquire_value_shared(pointer, hash, value, size, deadline)
    }
  }

  /// The same for a key with references. The hold may borrow the key.
  @inlinable
  func acquire(
    owning value: UnsafeRawPointer, size: Int, hash: UInt64, deadline: UInt64, mode: LockMode
  ) -> lt_hold_t {
    switch mode {
    case .exclusive: lt_acquire_owning(pointer, hash, value, size, deadline)
    case .shared: lt_acquire_owning_shared(pointer, hash, value, size, deadline)
    }
  }

  @inlinable
  func acquire(key: lt_key_t, deadline: UInt64, mode: LockMode) -> lt_hold_t {
    withUnsafePointer(to: key) { key in
      switch mode {
      case .exclusive: lt_acquire(pointer, key, deadline)
      case .shared: lt_acquire_shared(pointer, key, deadline)
      }
    }
  }

  /// Acquires several keys, in the core's order. `holds` lists the keys; the call replaces them
  /// with holds and pins.
  @inlinable
  func acquire(integers holds: inout HoldBuffer, deadline: UInt64) {
    var taken = 0
    let status = lt_acquire_multi_integers(pointer, holds.base, &holds.count, &taken, deadline)
    holds.note(status, taken: taken)
  }

  /// As above, for as many `keys` as `holds`. What the keys borrow needs to live until the call
  /// returns.
  @inlinable
  func acquire(
    keys: UnsafeMutablePointer<lt_key_t>, holds: inout HoldBuffer, deadline: UInt64
  ) {
    var taken = 0
    let status = lt_acquire_multi(pointer, keys, holds.base, &holds.count, &taken, deadline)
    holds.note(status, taken: taken)
  }

  @inlinable
  func key(integer: UInt64) -> lt_key_t {
    lt_key_integer(pointer, integer)
  }

  /// Borrows the bytes: the key is valid as long as they are.
  @inlinable
  func key(bytes: UnsafeRawBufferPointer) -> lt_key_t {
    lt_key_bytes(pointer, bytes.baseAddress, bytes.count)
  }

  /// Prepares a key with a copy of its bytes, if there is room. Returns whether the bytes are
  /// ASCII, or nil if there is no room for them.
  @inlinable
  func copy(
    _ bytes: UnsafeRawBufferPointer, into prepared: UnsafeMutablePointer<lt_key_t>,
    copy: UnsafeMutableRawBufferPointer
  ) -> Bool? {
    guard bytes.count <= copy.count, let base = copy.baseAddress else { return nil }
    return lt_key_copy(pointer, bytes.baseAddress, bytes.count, base, prepared)
  }

  /// Borrows what `wanted` points at.
  @inlinable
  func key(hash: UInt64, wanted: UnsafeRawPointer) -> lt_key_t {
    lt_key_opaque(pointer, hash, wanted)
  }

  /// Borrows the bytes of the value.
  @inlinable
  func key(hash: UInt64, value: UnsafeRawPointer, size: Int) -> lt_key_t {
    lt_key_value(pointer, hash, value, size)
  }

  @usableFromInline
  func pin(_ key: lt_key_t) -> lt_hold_t {
    withUnsafePointer(to: key) { lt_pin(pointer, $0) }
  }

  @usableFromInline
  func isHeld(_ key: lt_key_t) -> Bool {
    withUnsafePointer(to: key) { lt_is_held(pointer, $0) }
  }

  /// Returns whether one of the caller's holds is a hold of the key.
  func isHold(_ holds: UnsafeBufferPointer<lt_hold_t>, of key: lt_key_t) -> Bool {
    guard let base = holds.baseAddress else { return false }
    return withUnsafePointer(to: key) { lt_is_hold_of(pointer, $0, base, holds.count) }
  }

  /// Calls `body` for each key that is held or waited for, with no lock held. Returns false if some
  /// keys are missing because memory ran out.
  func inspect(waitedForOnly: Bool, _ body: (lt_report_t) -> Void) -> Bool {
    inspect(body) { lt_table_inspect(pointer, waitedForOnly, $0, $1) }
  }

  /// The same for the keys of one hash.
  func inspect(hash: UInt64, _ body: (lt_report_t) -> Void) -> Bool {
    inspect(body) { lt_table_inspect_hash(pointer, hash, $0, $1) }
  }

  /// Calls `body` for the key of a pin, unless nobody holds it or waits for it.
  func inspect(pinned: lt_hold_t, _ body: (lt_report_t) -> Void) -> Bool {
    inspect(body) { lt_inspect_pinned(pinned, $0, $1) }
  }

  /// Calls `body` with the report of the key, if it is held or waited for, with no lock held. Does
  /// not if there is no memory.
  func inspect(_ key: lt_key_t, _ body: (lt_report_t) -> Void) {
    _ = inspect(body) { visit, context in
      withUnsafePointer(to: key) { lt_inspect_key(pointer, $0, visit, context) }
    }
  }

  private func inspect(
    _ body: (lt_report_t) -> Void,
    by function: (lt_inspect_t, UnsafeMutableRawPointer) -> lt_status_t
  ) -> Bool {
    withoutActuallyEscaping(body) { body in
      var inspection = Inspection(body: body)
      let status = withUnsafeMutablePointer(to: &inspection) { inspection in
        function(
          { context, report in
            // Sound: the context is the inspection of the call in progress.
            context?.assumingMemoryBound(to: Inspection.self).pointee.body(report.pointee)
          }, inspection)
      }
      return status == LT_OK
    }
  }

  private struct Inspection {
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

  var present: lt_present_t {
    var present = lt_present_t()
    lt_table_present(pointer, &present)
    return present
  }
}

@usableFromInline
@inline(never)
func outOfMemory(_ purpose: String) -> Never {
  fatalError("LockTable: out of memory for \(purpose)")
}
