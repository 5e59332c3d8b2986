public import CLockTable
internal import CSwiftTask

/// What a wait in a table for flights has come to.
@usableFromInline
@frozen
struct FlightWait {
  /// The hold of a caller that is to begin a flight, or the reason why there is none: `LT_LANDED` if
  /// a flight has landed.
  @usableFromInline let hold: lt_hold_t
  /// When the wait began, on the core's clock, or 0 if it did not.
  @usableFromInline let joined: UInt64
  /// The flight of another caller that has landed, retained: as a reference, it would be retained
  /// and released once more, by all who wait for it at a time.
  @usableFromInline let landed: Unmanaged<Flight>?

  /// Ends a suspension that is over.
  init(ending suspension: OpaquePointer, as status: UInt32, ofOwnFlight isOwn: Bool = false) {
    // Sound: the object is valid until the suspension ends.
    landed =
      status == LT_LANDED && !isOwn
      ? Unmanaged<Flight>.fromOpaque(lt_suspension_flight(suspension)).retain() : nil
    joined = lt_suspension_joined(suspension)
    hold = lt_suspension_end(suspension)
  }
}

/// Waits with a limit: for a pinned key, or for the flight of it, if one is under way. With `flight`,
/// `place` is a hold instead of a pin: begins the flight, and waits for it. If the flight does not
/// begin, the caller keeps the hold.
///
/// The rules of `Suspension.hold(of:index:count:_:)` make this wait correct as well. This function
/// must not be inlined either.
@inlinable
@inline(__always)
nonisolated(nonsending) func waitForFlight(
  _ place: lt_hold_t, beginning flight: Flight? = nil, _ wait: LimitedWait
) async -> FlightWait {
  await waitForFlight(
    place, beginning: flight, until: wait.deadline, wait.alarm, mostWaiters: wait.mostWaiters)
}

@usableFromInline
@inline(never)
nonisolated(nonsending) func waitForFlight(
  _ place: lt_hold_t, beginning flight: Flight?, until deadline: UInt64, _ alarm: Alarm?,
  mostWaiters: UInt32
) async -> FlightWait {
  let memory = lt_task_allocate(lt_suspension_least_size())
  let suspension = FlightSuspension(
    pointer: lt_suspension_create_at(memory, place, deadline, lt_task_resume))
  lt_suspension_set_urgency(suspension.pointer, lt_task_priority())
  if let flight {
    lt_suspension_set_flight(suspension.pointer, flight.core)
  } else if mostWaiters != LT_ANY_NUMBER {
    lt_suspension_set_limit(suspension.pointer, mostWaiters)
  }
  alarm?.attach(suspension.pointer)
  let escalation = lt_task_handle_escalation(suspension.pointer)
  let cancellation = lt_task_handle_cancellation(suspension.pointer)
  var status = LT_SUSPENDED
  repeat {
    await withInheritedContinuation { continuation in
      suspension.begin(continuation, flight)
    }
    status = lt_suspension_poll(suspension.pointer)
  } while status == LT_SUSPENDED
  lt_task_end_handling(cancellation)
  lt_task_end_handling_escalation(escalation)
  alarm?.detach()
  let end = FlightWait(ending: suspension.pointer, as: status, ofOwnFlight: flight != nil)
  lt_task_deallocate(memory)
  return end
}

private struct FlightSuspension: @unchecked Sendable {
  // Sound to share: see `Suspension`.
  let pointer: OpaquePointer

  func begin(_ continuation: UnsafeContinuation<Void, Never>, _ flight: Flight?) {
    // Sound: an UnsafeContinuation is one pointer, by which the runtime resumes the task.
    let status = lt_suspension_begin(
      pointer, unsafeBitCast(continuation, to: UnsafeMutableRawPointer.self))
    if status == LT_SUSPENDED {
      // The task may have been resumed by now, but it goes on only when this has returned. So the
      // flight is still the caller's, and its task has the caller's priority and task-locals.
      flight?.launch()
    } else {
      continuation.resume()
    }
  }
}
