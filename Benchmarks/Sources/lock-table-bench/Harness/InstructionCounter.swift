import CMachine

/// Counts the instructions that this thread executes in user mode.
final class InstructionCounter {
  private let counter: Int32

  /// Nil where the machine does not count them, or not for this process.
  init?() {
    counter = machine_instructions_open()
    guard counter >= 0 else { return nil }
  }

  deinit {
    if counter >= 0 { machine_instructions_close(counter) }
  }

  var count: Int? {
    let count = machine_instructions_read(counter)
    return count < 0 ? nil : Int(count)
  }
}
