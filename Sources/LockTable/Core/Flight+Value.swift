public import CLockTable

// What is kept of a flight as bytes: first the operation, and then a value. The same code makes them,
// uses them and ends them, for one type of values. Each table has one type, and refers to no flights
// of another table.

@usableFromInline
typealias FlightOperation<Value> = nonisolated(nonsending) () async throws -> Value

extension Flight {
  /// Makes a flight that runs an operation.
  @inlinable
  static func make<Value: Sendable>(
    _ hold: lt_hold_t, urgency: UInt8, _ operation: sending @escaping FlightOperation<Value>
  ) -> Flight {
    let room = Room(for: Value.self)
    let block = room.allocate()
    // Sound: there is room for either.
    (block + room.offset).initializeMemory(as: FlightOperation<Value>.self, to: operation)
    return Flight(
      hold, urgency: urgency, block, bytesAt: room.offset, .operation, functions(for: Value.self))
  }

  /// Runs a flight whose work the calling thread does.
  @inlinable
  static func run<Value: Sendable>(
    _ hold: lt_hold_t, _ operation: () throws -> Value
  ) -> Flight {
    let room = Room(for: Value.self)
    let flight = Flight(
      hold, urgency: .max, room.allocate(), bytesAt: room.offset, .nothing,
      functions(for: Value.self))
    lt_flight_begin_alone(flight.core)
    lt_flight_describe(flight.core)
    do {
      flight.keep(try operation())
    } catch {
      flight.error = error
    }
    lt_flight_land(flight.core)
    return flight
  }

  /// Returns what the work has come to. Call it when the flight has landed.
  @inlinable
  func value<Value>(as _: Value.Type) throws -> Value {
    if let error {
      throw error
    }
    // Sound: the flight has landed without an error, so that the bytes are a value of this type.
    return bytes.assumingMemoryBound(to: Value.self).pointee
  }

  @inlinable
  func keep<Value>(_ value: Value) {
    bytes.initializeMemory(as: Value.self, to: value)
    contents = .value
  }

  @inlinable
  func takeOperation<Value>(for _: Value.Type) -> FlightOperation<Value> {
    contents = .nothing
    return bytes.assumingMemoryBound(to: FlightOperation<Value>.self).move()
  }

  /// The block of a flight: the core's flight comes first, and then an operation or a value.
  @usableFromInline
  @frozen
  struct Room {
    @usableFromInline let offset: Int
    @usableFromInline let size: Int
    @usableFromInline let alignment: Int

    @inlinable
    init<Value>(for _: Value.Type) {
      alignment = max(MemoryLayout<Value>.alignment, 16)
      offset = (MemoryLayout<lt_flight_room_t>.size + alignment - 1) & ~(alignment - 1)
      size = offset + max(MemoryLayout<Value>.size, MemoryLayout<FlightOperation<Value>>.size)
    }

    @inlinable
    func allocate() -> UnsafeMutableRawPointer {
      .allocate(byteCount: size, alignment: alignment)
    }
  }

  /// One function does all of the work, as each asynchronous call costs as much as a small one.
  @inlinable
  static func functions<Value: Sendable>(for _: Value.Type) -> Functions {
    Functions(
      begin: { flight in
        Task {
          lt_flight_describe(flight.core)
          do {
            // What the operation refers to is not kept longer than it runs.
            flight.keep(try await flight.takeOperation(for: Value.self)())
          } catch {
            flight.error = error
          }
          lt_flight_land(flight.core)
        }
      },
      destroy: { bytes, contents in
        switch contents {
        case .operation:
          bytes.assumingMemoryBound(to: FlightOperation<Value>.self).deinitialize(count: 1)
        case .value: bytes.assumingMemoryBound(to: Value.self).deinitialize(count: 1)
        case .nothing: break
        }
      })
  }
}
