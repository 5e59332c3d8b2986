import CoreMetrics
import Synchronization

/// Keeps metrics in memory, for the route that shows them. In place of the back end that a server of
/// yours has.
final class MetricsStore: MetricsFactory {
  private let values = Mutex<[String: Double]>([:])

  /// A line for each metric, as Prometheus reads them.
  var text: String {
    values.withLock { values in
      values.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined()
    }
  }

  fileprivate func update(_ name: String, _ change: (inout Double) -> Void) {
    values.withLock { change(&$0[name, default: 0]) }
  }

  private func series(_ label: String, _ dimensions: [(String, String)]) -> Series {
    let labels = dimensions.map { "\($0)=\"\($1)\"" }.joined(separator: ",")
    return Series(name: labels.isEmpty ? label : "\(label){\(labels)}", store: self)
  }

  func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    series(label, dimensions)
  }

  func makeRecorder(
    label: String, dimensions: [(String, String)], aggregate: Bool
  ) -> any RecorderHandler {
    series(label, dimensions)
  }

  func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    series(label, dimensions)
  }

  func destroyCounter(_ handler: any CounterHandler) {}
  func destroyRecorder(_ handler: any RecorderHandler) {}
  func destroyTimer(_ handler: any TimerHandler) {}
}

private final class Series: CounterHandler, RecorderHandler, TimerHandler {
  let name: String
  let store: MetricsStore

  init(name: String, store: MetricsStore) {
    (self.name, self.store) = (name, store)
  }

  func increment(by amount: Int64) { store.update(name) { $0 += Double(amount) } }
  func reset() { store.update(name) { $0 = 0 } }
  func record(_ value: Int64) { store.update(name) { $0 = Double(value) } }
  func record(_ value: Double) { store.update(name) { $0 = value } }
  func recordNanoseconds(_ duration: Int64) { store.update(name) { $0 += Double(duration) / 1e9 } }
}
