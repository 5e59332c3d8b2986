internal import CLockTable
internal import CSwiftTask

// What the core calls, of any table.

/// The core calls this on its own thread, which keeps the deadlines of all tasks. An executor is
/// user code and may block where a job is enqueued, so the global executor resumes the task
/// instead.
let resumeApart: @convention(c) (lt_resume_t, UnsafeMutableRawPointer) -> Void = {
  resume, continuation in
  // Sound to send: any thread may resume a continuation, once, and this is the only resumption.
  nonisolated(unsafe) let (resume, continuation) = (resume, continuation)
  Task.detached { resume(continuation) }
}

/// While recording, the core calls this for each key, to learn which task is running.
let identifyTask: @convention(c) (UnsafeMutablePointer<lt_acquirer_t>) -> Bool = {
  acquirer in
  // Asks first without Swift's function, which costs a thread more than all else that is recorded.
  guard lt_task_runs() else { return false }
  let id = withUnsafeCurrentTask { task in task.map { UInt64(truncatingIfNeeded: $0.hashValue) } }
  guard let id else { return false }
  acquirer.pointee.id = id
  acquirer.pointee.is_task = 1
  AcquirerObserver.note(id)
  if #available(macOS 26, *), let name = Task.name {
    withUnsafeMutableBytes(of: &acquirer.pointee.name) { $0.dropLast().copyUTF8(of: name) }
  }
  return true
}

extension Slice<UnsafeMutableRawBufferPointer> {
  /// Copies as much of the text as there is room for, and no part of a character.
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
