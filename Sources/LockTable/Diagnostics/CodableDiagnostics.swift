// What snapshots and events are as data. The article "Diagnosing a stuck server" documents the form:
// a change of it breaks those that read it.

/// `"exclusive"` or `"shared"`.
extension LockMode: Codable {
  private enum Name: String, Codable {
    case exclusive, shared
  }

  /// Decodes the name of the mode.
  public init(from decoder: any Decoder) throws {
    switch try Name(from: decoder) {
    case .exclusive: self = .exclusive
    case .shared: self = .shared
    }
  }

  /// Encodes the name of the mode.
  public func encode(to encoder: any Encoder) throws {
    try (self == .shared ? Name.shared : .exclusive).encode(to: encoder)
  }
}

/// `{"kind": "task", "id": "1f2e3d4c", "name": "import"}`. The number is text, with the digits that
/// logs and descriptions have, because many readers of JSON have no integers of 64 bits.
extension LockAcquirer: Codable {
  private enum CodingKeys: String, CodingKey {
    case kind, id, name
  }

  /// Decodes what ``encode(to:)`` encodes.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let kind = try values.decode(String.self, forKey: .kind)
    let number = try values.decode(String.self, forKey: .id)
    let name = try values.decodeIfPresent(String.self, forKey: .name)
    switch (kind, UInt64(number), UInt64(number, radix: 16)) {
    case ("thread", let id?, _): self = .thread(id: id, name: name)
    case ("task", _, let id?): self = .task(id: id, name: name)
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .id, in: values, debugDescription: "there is no \(kind) \(number)")
    }
  }

  /// Encodes kind, number and name.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(kind, forKey: .kind)
    try values.encode(number, forKey: .id)
    switch self {
    case .thread(_, let name), .task(_, let name):
      try values.encodeIfPresent(name, forKey: .name)
    }
  }
}

/// The duration is `seconds`. `serial` tells holds and waits of a table apart, and is missing
/// without diagnostics. What is nil is missing, too.
extension LockParticipant: Codable {
  private enum CodingKeys: String, CodingKey {
    case mode, isTask, acquirer, callSite, label, seconds, serial
  }

  /// Decodes what ``encode(to:)`` encodes.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    mode = try values.decode(LockMode.self, forKey: .mode)
    isTask = try values.decodeIfPresent(Bool.self, forKey: .isTask)
    acquirer = try values.decodeIfPresent(LockAcquirer.self, forKey: .acquirer)
    callSite = try values.decodeIfPresent(String.self, forKey: .callSite)
    label = try values.decodeIfPresent(String.self, forKey: .label)
    duration = try values.decodeSecondsIfPresent(forKey: .seconds)
    serial = try values.decodeIfPresent(UInt64.self, forKey: .serial) ?? 0
  }

  /// Encodes all that is known.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(mode, forKey: .mode)
    try values.encodeIfPresent(isTask, forKey: .isTask)
    try values.encodeIfPresent(acquirer, forKey: .acquirer)
    try values.encodeIfPresent(callSite, forKey: .callSite)
    try values.encodeIfPresent(label, forKey: .label)
    try values.encodeIfPresent(seconds: duration, forKey: .seconds)
    try values.encodeIfPresent(serial == 0 ? nil : serial, forKey: .serial)
  }
}
