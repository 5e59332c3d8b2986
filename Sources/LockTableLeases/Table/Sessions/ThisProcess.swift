#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

extension LeaseProcess {
  /// This process, under an identifier that is new.
  static func current() -> LeaseProcess {
    let id = String(UInt64.random(in: 0 ... .max), radix: 16)
    return LeaseProcess(
      id: String(repeating: "0", count: 16 - id.count) + id, host: hostName, number: getpid(),
      started: began)
  }

  /// When the process was first asked for its name.
  private static let began = Int64(time(nil))

  /// The host's name, of characters that an owner's text may have.
  private static let hostName: String = {
    var bytes = [CChar](repeating: 0, count: 256)
    guard gethostname(&bytes, bytes.count - 1) == 0 else { return "unknown" }
    let name = bytes.prefix { $0 != 0 }.prefix(63).map { byte -> Character in
      let scalar = Unicode.Scalar(UInt8(bitPattern: byte))
      let isPlain = scalar.isASCII && scalar.properties.isAlphabetic
        || ("0"..."9").contains(scalar) || scalar == "-" || scalar == "." || scalar == "_"
      return isPlain ? Character(scalar) : "-"
    }
    return name.isEmpty ? "unknown" : String(name)
  }()
}
