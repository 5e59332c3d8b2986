#if Tracing
  import LockTable
  import Synchronization
  package import Tracing

  /// In which span each task has acquired a key last.
  ///
  /// A task has one place, by its number, and takes it from the task that had it before. So the
  /// memory is bounded, nothing has to be removed when a task ends, and no task is taken for
  /// another one.
  package final class AcquirerSpans: Sendable {
    package static let shared = AcquirerSpans()

    private struct Place: Sendable {
      var task: UInt64
      var context: ServiceContext
    }

    private static let partBits: UInt64 = 6
    private static let placesInPart: UInt64 = 64

    /// Parts with a lock each, so that tasks seldom wait for each other.
    private let parts: [Part] = (0..<1 << partBits).map { _ in Part() }

    private final class Part: Sendable {
      let places = Mutex<[Place?]>(Array(repeating: nil, count: Int(placesInPart)))
    }

    /// Begins to take notes, of all tables with diagnostics. Does nothing after the first call.
    package func use() {
      AcquirerObserver.use { [self] in note(ServiceContext.current, of: $0) }
    }

    package func note(_ context: ServiceContext?, of task: UInt64) {
      let (part, index) = place(of: task)
      // What is replaced may be the last reference: it ends with no lock held.
      let former = part.places.withLock { places in
        let former = places[index]
        if let context {
          places[index] = Place(task: task, context: context)
        } else if former?.task == task {
          places[index] = nil
        }
        return former
      }
      withExtendedLifetime(former) {}
    }

    package func context(of task: UInt64) -> ServiceContext? {
      let (part, index) = place(of: task)
      return part.places.withLock { places in
        places[index].flatMap { $0.task == task ? $0.context : nil }
      }
    }

    /// Numbers of tasks are hashes or addresses: their low bits alone may be alike.
    private func place(of task: UInt64) -> (Part, Int) {
      let mixed = task &* 0x9E37_79B9_7F4A_7C15
      let part = mixed >> (64 - Self.partBits)
      let index = (mixed >> 32) % Self.placesInPart
      return (parts[Int(part)], Int(index))
    }
  }
#endif
