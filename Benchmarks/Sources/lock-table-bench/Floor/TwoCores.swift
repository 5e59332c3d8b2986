import CMachine

/// Runs two threads, each kept on a core of its own, and returns what the first one's `body` returns.
func onTwoCores(_ body: @escaping @Sendable (_ side: Int) -> Double) -> Double {
  let result = Box(Double.nan)
  let sides = [0, 1].map { side in
    WorkerThread {
      _ = machine_stay_on_core(Int32(side))
      let value = body(side)
      if side == 0 { result.value = value }
    }
  }
  for side in sides { side.join() }
  return result.value
}
