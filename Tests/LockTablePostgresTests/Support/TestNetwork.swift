#if Postgres
  import Foundation
  import LeaseProcessKit
  import Testing

  /// A wire between this machine and a namespace of a process's own, which can be cut without
  /// anybody being told.
  final class TestNetwork: Sendable {
    /// The ends' addresses: ours and that of the process.
    let address: String
    private let processAddress: String
    private let wire = "ltv\(getpid())"

    static let isPossible = HelperProcess.succeeds(
      "command -v nsenter && unshare --net ip link add ltv0 type veth peer name ltv1")

    init() async throws {
      let number = Int(getpid())
      let network = "10.213.\(number / 64 % 256)"
      let first = number % 64 * 4
      (address, processAddress) = ("\(network).\(first + 1)", "\(network).\(first + 2)")
      try await run("ip link add \(wire) type veth peer name \(wire)p")
      try await run("ip addr add \(address)/30 dev \(wire) && ip link set \(wire) up")
    }

    deinit { _ = HelperProcess.succeeds("ip link del \(wire)") }

    /// What a shell does so that a program runs in a namespace of its own, once it is told to.
    static let script =
      #"exec unshare --net sh -c 'echo unshared; read line; exec "$@"' sh "$@""#

    /// Connects a process that runs the script, and lets it go on.
    func connect(_ process: HelperProcess) async throws {
      try await process.line("unshared")
      try await run("ip link set \(wire)p netns \(process.number)")
      try await run(
        "ip addr add \(processAddress)/30 dev \(wire)p && ip link set \(wire)p up", in: process)
      process.sayGo()
    }

    /// Sends what each end has for the other to an address of the wire that nobody has.
    func cut(_ process: HelperProcess) async throws {
      let nobody = "lladdr 02:00:00:00:00:01 nud permanent"
      try await run("ip neigh replace \(processAddress) dev \(wire) \(nobody)")
      try await run("ip neigh replace \(address) dev \(wire)p \(nobody)", in: process)
    }

    func mend(_ process: HelperProcess) async throws {
      try await run("ip neigh del \(processAddress) dev \(wire)")
      try await run("ip neigh del \(address) dev \(wire)p", in: process)
    }

    private func run(_ command: String, in process: HelperProcess? = nil) async throws {
      let place = process.map { ["nsenter", "-t", "\($0.number)", "-n"] } ?? []
      let done = await Spawner.shared.run("/usr/bin/env", place + ["sh", "-c", command])
      try #require(done.status == 0, "\(command): \(done.output)")
    }
  }
#endif
