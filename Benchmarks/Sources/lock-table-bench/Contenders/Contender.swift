/// Something that runs code while a key is held.
///
/// A contender is as its author would write it who needs just this and has no library for it.
protocol Contender<Key>: AnyObject, Sendable {
  associatedtype Key: BenchKey

  /// Runs `body` while holding `key`. Always inlined, into `increment`.
  func run(_ key: Key, _ body: () -> Void)
}
