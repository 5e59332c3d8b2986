import CMachine

/// Runs two threads, each kept on a core of its own, and returns what the first one's `body` returns.
func onTwoCores(_ body: @escaping @Sendable (_ side: Int) -> Double) -> Double {
  let sides = [0, 1].map { side in
    Running.thread {
      machine_stay_on_core(Int32(side))
      return body(side)
    }
  }
  return sides.map { $0.join() }[0]
}
