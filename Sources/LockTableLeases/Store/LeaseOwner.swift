/// A process as others see it, in an owner's text: where it runs, and since when.
public struct LeaseProcess: Sendable, Hashable {
  /// Sixteen hexadecimal digits, drawn anew for each ``LeaseTable``. Nothing else has to be unique.
  public let id: String
  /// The name of the machine, cut off after 63 characters.
  public let host: String
  /// The number of the process on that machine.
  public let number: Int32
  /// When it began, in seconds since 1970, for humans. Nothing is decided by it.
  public let started: Int64

  /// Makes a process.
  public init(id: String, host: String, number: Int32, started: Int64) {
    self.id = id
    self.host = host
    self.number = number
    self.started = started
  }
}

/// The owner of one acquisition: a process, and a number that it uses once.
///
/// An owner is new for each acquisition and not for each process. So a request that is repeated after
/// a broken connection finds its own grant, and a late copy of a release can't hit a later holder.
public struct LeaseOwner: Sendable, Hashable {
  /// The process.
  public let process: LeaseProcess
  /// The number of the acquisition.
  public let serial: UInt64

  /// Makes an owner.
  public init(process: LeaseProcess, serial: UInt64) {
    self.process = process
    self.serial = serial
  }

  /// What a store keeps: `3f2a96c0d1e4b875/17/web-3:4711:1764489600`, printable ASCII of at most 128
  /// bytes.
  public var text: String {
    "\(process.id)/\(serial)/\(process.host):\(process.number):\(process.started)"
  }

  /// Reads the text. Nil if no owner has it.
  public init?(_ text: String) {
    let fields = text.split(separator: "/", omittingEmptySubsequences: false)
    guard fields.count == 3, let serial = UInt64(fields[1]) else { return nil }
    let place = fields[2].split(separator: ":", omittingEmptySubsequences: false)
    guard place.count == 3, let number = Int32(place[1]), let started = Int64(place[2]) else {
      return nil
    }
    self.init(
      process: LeaseProcess(
        id: String(fields[0]), host: String(place[0]), number: number, started: started),
      serial: serial)
  }
}

extension LeaseOwner: CustomStringConvertible {
  /// The text.
  public var description: String { text }
}

/// One owner's wish for one key, or its hold of it.
public struct LeaseClaim: Sendable, Hashable {
  /// The key.
  public let name: LeaseName
  /// The owner.
  public let owner: LeaseOwner

  /// Makes a claim.
  public init(_ name: LeaseName, owner: LeaseOwner) {
    self.name = name
    self.owner = owner
  }
}
