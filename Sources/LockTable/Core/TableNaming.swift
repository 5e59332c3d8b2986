/// A table's name, and how its keys appear in what people read. All text about keys and tables comes
/// from here.
final class TableNaming: Sendable {
  let name: String?
  let keys: LockTableConfiguration.KeyDescription

  init(name: String?, keys: LockTableConfiguration.KeyDescription) {
    self.name = name
    self.keys = keys
  }

  /// Returns the text for a key, or for what is known of one: its identity, or that one's bytes.
  func text(for key: any Hashable & Sendable) -> String {
    switch keys.choice {
    case .key: PrintableText.name(of: key)
    case .hidden: hidden(key)
    case .custom(let custom): PrintableText.escaped(custom.describe(key), as: .described)
    }
  }

  /// Returns the text for an identity in the core's form, if the key need not be known for it.
  func text(forIdentity integer: UInt64, bytes: UnsafeRawBufferPointer?) -> String? {
    guard case .hidden = keys.choice else { return nil }
    return bytes.map { HiddenKey.digits(of: $0) } ?? HiddenKey.digits(of: integer)
  }

  /// `"accounts"`, escaped.
  var quotedName: String? { name.map { PrintableText.quoted($0) } }

  /// `account-42 of "accounts"`.
  func qualified(_ key: String) -> String { Self.qualified(key, of: name) }

  static func qualified(_ key: String, of table: String?) -> String {
    table.map { "\(key) of \(PrintableText.quoted($0))" } ?? key
  }

  /// A key with an identity is hashed as the core knows it, so that a key and its identity have one
  /// text.
  private func hidden(_ key: any Hashable & Sendable) -> String {
    guard let key = key as? any LockKey else { return HiddenKey.digits(of: key) }
    return key.hiddenDigits
  }
}

extension LockKey {
  fileprivate var hiddenDigits: String {
    guard Self._lockKeyKind != .integer else { return HiddenKey.digits(of: _lockInteger) }
    return _withCanonicalLockBytes { HiddenKey.digits(of: $0) }
  }
}

/// A short hash with a secret of the process. The seed of `Hasher` is none where the environment
/// turns it off.
private enum HiddenKey {
  private static let seed: (UInt64, UInt64) = {
    var random = SystemRandomNumberGenerator()
    return (random.next(), random.next())
  }()

  static func digits(of key: some Hashable) -> String {
    digits { $0.combine(key) }
  }

  static func digits(of bytes: UnsafeRawBufferPointer) -> String {
    digits { $0.combine(bytes: bytes) }
  }

  private static func digits(_ combine: (inout Hasher) -> Void) -> String {
    var hasher = Hasher()
    hasher.combine(seed.0)
    hasher.combine(seed.1)
    combine(&hasher)
    let digits = String(UInt32(truncatingIfNeeded: hasher.finalize()), radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
