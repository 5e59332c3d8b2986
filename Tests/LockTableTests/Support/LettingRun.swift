/// Lets others run, in a loop that waits for something of theirs that comes without a signal.
///
/// Not by yielding: a task that yields and yields takes the threads from all other tests.
nonisolated(nonsending) func letOthersRun() async {
  try? await Task.sleep(for: .milliseconds(1))
}
