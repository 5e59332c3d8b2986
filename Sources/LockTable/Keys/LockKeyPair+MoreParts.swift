// Keys of three to six parts. One generic type for any number of parts (a parameter pack) would
// take four times as long to lock: the compiler calls a function for the copy of each part.

/// A key of three parts: a ``LockKeyPair`` of the first part and the others.
public typealias LockKeyTriple<
  First: LockKey, Second: LockKey, Third: LockKey
> = LockKeyPair<First, LockKeyPair<Second, Third>>

/// A key of four parts: a ``LockKeyPair`` of the first part and the others.
public typealias LockKeyQuadruple<
  First: LockKey, Second: LockKey, Third: LockKey, Fourth: LockKey
> = LockKeyPair<First, LockKeyTriple<Second, Third, Fourth>>

/// A key of five parts: a ``LockKeyPair`` of the first part and the others.
public typealias LockKeyQuintuple<
  First: LockKey, Second: LockKey, Third: LockKey, Fourth: LockKey, Fifth: LockKey
> = LockKeyPair<First, LockKeyQuadruple<Second, Third, Fourth, Fifth>>

/// A key of six parts: a ``LockKeyPair`` of the first part and the others.
public typealias LockKeySextuple<
  First: LockKey, Second: LockKey, Third: LockKey, Fourth: LockKey, Fifth: LockKey, Sixth: LockKey
> = LockKeyPair<First, LockKeyQuintuple<Second, Third, Fourth, Fifth, Sixth>>

extension LockKeyPair {
  /// Combines three parts.
  @inlinable
  public init<Next, Third>(
    _ first: First, _ second: Next, _ third: Third
  ) where Second == LockKeyPair<Next, Third> {
    self.init(first, Second(second, third))
  }

  /// Combines four parts.
  @inlinable
  public init<Next, Third, Fourth>(
    _ first: First, _ second: Next, _ third: Third, _ fourth: Fourth
  ) where Second == LockKeyTriple<Next, Third, Fourth> {
    self.init(first, Second(second, third, fourth))
  }

  /// Combines five parts.
  @inlinable
  public init<Next, Third, Fourth, Fifth>(
    _ first: First, _ second: Next, _ third: Third, _ fourth: Fourth, _ fifth: Fifth
  ) where Second == LockKeyQuadruple<Next, Third, Fourth, Fifth> {
    self.init(first, Second(second, third, fourth, fifth))
  }

  /// Combines six parts.
  @inlinable
  public init<Next, Third, Fourth, Fifth, Sixth>(
    _ first: First, _ second: Next, _ third: Third, _ fourth: Fourth, _ fifth: Fifth, _ sixth: Sixth
  ) where Second == LockKeyQuintuple<Next, Third, Fourth, Fifth, Sixth> {
    self.init(first, Second(second, third, fourth, fifth, sixth))
  }
}
