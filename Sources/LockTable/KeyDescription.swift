extension LockTableConfiguration {
  /// Decides how the keys of a table appear in all that people read: in errors, snapshots, events,
  /// logs and messages. Keys may be personal data.
  ///
  /// What this decides is the text. The value of a key, as in ``LockTableSnapshot/Entry/key`` and
  /// ``LockTableError/key(as:)``, stays what it is.
  ///
  /// All text is made safe for a line of a log: control characters are escaped, and a long text is
  /// cut off after its beginning.
  public struct KeyDescription: Sendable, Hashable {
    enum Choice: Sendable {
      case key, hidden, custom(Custom)
    }

    final class Custom: Sendable {
      let describe: @Sendable (any Hashable & Sendable) -> String

      init(_ describe: @escaping @Sendable (any Hashable & Sendable) -> String) {
        self.describe = describe
      }
    }

    let choice: Choice

    /// The key as it is.
    public static let key = Self(choice: .key)

    /// Eight hexadecimal digits instead of the key: a hash with a seed that each process chooses
    /// anew. Equal keys have equal digits in one process, in errors as in snapshots, and in all of
    /// its tables. From the digits nobody finds the key without the process.
    public static let hidden = Self(choice: .hidden)

    /// What `describe` returns for a key.
    ///
    /// The closure is called where a text is asked for, on any thread, with no lock held. It gets
    /// the key. In snapshots, and in what is made of them, it gets the key's identity if only that
    /// is known, or the identity's bytes as an array. Two values made by two calls of this function
    /// are different to `==`; a value equals its copies.
    public static func custom(
      _ describe: @escaping @Sendable (any Hashable & Sendable) -> String
    ) -> Self {
      Self(choice: .custom(Custom(describe)))
    }

    /// Whether both are the same choice. Closures can't be compared: a custom description equals its
    /// copies.
    public static func == (left: Self, right: Self) -> Bool {
      switch (left.choice, right.choice) {
      case (.key, .key), (.hidden, .hidden): true
      case (.custom(let left), .custom(let right)): left === right
      default: false
      }
    }

    /// Hashes what `==` compares.
    public func hash(into hasher: inout Hasher) {
      switch choice {
      case .key: hasher.combine(0)
      case .hidden: hasher.combine(1)
      case .custom(let custom): hasher.combine(ObjectIdentifier(custom))
      }
    }
  }
}
