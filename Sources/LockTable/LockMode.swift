/// The mode in which a key is held, or wanted.
@frozen
public enum LockMode: Sendable, Hashable {
  /// One acquirer has the key, alone.
  case exclusive
  /// Any number of readers have the key.
  case shared
}
