/// The stripes of the striped contenders.
let stripeCount = 64

/// A contender of which there can be many.
protocol Stripe: KeyedLock {
  init()
}

/// Several of them, so that threads or tasks with different keys seldom meet at one.
final class Striped<Wrapped: Stripe>: KeyedLock {
  typealias Key = Wrapped.Key

  private let stripes = (0..<stripeCount).map { _ in Wrapped() }

  @inline(__always)
  private func stripe(of key: Key) -> Wrapped { stripes[key.hashValue & (stripeCount - 1)] }
}

extension Striped: Contender where Wrapped: Contender {
  @inline(__always)
  func run(_ key: Key, _ body: () -> Void) { stripe(of: key).run(key, body) }
}

extension Striped: AsyncContender where Wrapped: AsyncContender {
  @inline(__always)
  nonisolated(nonsending) func runSuspending(_ key: Key, _ body: () -> Void) async {
    await stripe(of: key).runSuspending(key, body)
  }

  @inline(__always)
  nonisolated(nonsending) func runAcrossYield(
    _ key: Key, _ begin: () -> Void, _ end: () -> Void
  ) async {
    await stripe(of: key).runAcrossYield(key, begin, end)
  }
}
