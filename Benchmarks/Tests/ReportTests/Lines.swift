/// Lines as `--json` prints them, of invented figures.
enum Lines {
  static let conditions = """
    {"kind":"conditions","experiment":"compare","summary":"How.","command":"lock-table-bench compare",\
    "date":"2026-01-31T12:00:00Z","system":"Linux","processor":"Example","cores":2,"load":0.5,\
    "isOptimised":true}
    """

  static func row(
    _ name: String, _ role: String = "exact", rounds: [Double], violations: Int = 0,
    handOffAfter: Double = 70
  ) -> String {
    let sorted = rounds.sorted()
    let times = """
      {"median":\(sorted[sorted.count / 2]),"low":\(sorted.first ?? 0),"high":\(sorted.last ?? 0),\
      "rounds":\(rounds)}
      """
    return """
      {"kind":"row","scenario":{"threads":2,"waiters":"threads","keyType":"int","keys":1,\
      "distribution":"single","holdNanoseconds":0,"writes":100},"effort":{"seconds":0.05,"rounds":5},\
      "machine":{"handOffBefore":68,"handOffAfter":\(handOffAfter)},\
      "subject":{"name":"\(name)","role":"\(role)","violations":\(violations)},\
      "operationsPerSecond":1000000,"nanosecondsPerOperation":\(times),"timesRMWPair":3,\
      "latency":\(percentiles)}
      """
  }

  static func latency(_ name: String, _ role: String = "lockTable", rate: Double, achieved: Double)
    -> String
  {
    """
    {"kind":"latency","subject":{"name":"\(name)","role":"\(role)","violations":0},\
    "arrivals":"poisson","rate":\(rate),"achievedRate":\(achieved),\
    "scenario":{"threads":2,"waiters":"threads","keyType":"int","keys":1,"distribution":"single",\
    "holdNanoseconds":0,"writes":100},"latency":\(percentiles),"service":\(percentiles),\
    "curve":[{"percentile":0,"nanoseconds":0},{"percentile":75,"nanoseconds":50}],\
    "machine":{"handOffBefore":68,"handOffAfter":70}}
    """
  }

  static func note(_ name: String, _ note: String) -> String {
    "{\"kind\":\"note\",\"name\":\"\(name)\",\"note\":\"\(note)\"}"
  }

  private static let percentiles = """
    {"count":9,"p50":40,"p90":60,"p99":90,"p999":1200,"p9999":9000,"max":70000}
    """
}
