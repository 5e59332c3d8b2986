#if Postgres
  import Foundation
  import LockTableLeases
  import LockTablePostgres
  import Testing

  @Suite(
    "A full disk", .needsPostgres, .enabled(if: getuid() == 0, "only root can mount a small disk"))
  struct FullDiskTests {
    @Test("It is an error that passes, and leases that are held can be renewed and released")
    func fullDisk() async throws {
      let database = try await TestDatabase()
      guard let disk = await SmallDisk() else { try Test.cancel("no small disk could be mounted") }
      do {
        try await fill(database, disk)
      } catch {
        await disk.unmount()
        throw error
      }
      await disk.unmount()
    }

    private func fill(_ database: TestDatabase, _ disk: SmallDisk) async throws {
      let space = "space\(UInt32.random(in: 0...UInt32.max))"
      _ = try await database.admin.run("CREATE TABLESPACE \(space) LOCATION '\(disk.folder)'")
      let process = try await TestProcess(
        database, options: "options='-c default_tablespace=\(space)'")
      let held = process.claim(try name("held"))
      _ = try await process.store.acquire(held, for: .seconds(600), waits: true)

      var claims: [LeaseClaim] = []
      var failure: LeaseStoreError?
      while failure == nil, claims.count < 20_000 {
        let claim = process.claim(try name("\(String(repeating: "x", count: 150))\(claims.count)"))
        do throws(LeaseStoreError) {
          _ = try await process.store.acquire(claim, for: .seconds(600), waits: true)
          claims.append(claim)
        } catch {
          failure = error
        }
      }
      #expect(failure?.kind == .transient && failure?.code?.prefix(2) == "53")
      #expect(process.changes.count == 1)
      #expect(
        try await process.store.renew([held], for: .seconds(600)) == [.renewed(isWanted: false)])
      #expect(try await process.store.release(held).wasHeld)
      for claim in claims { #expect(try await process.store.release(claim).wasHeld) }
      #expect(try await database.rows() == [])

      process.stop()
      _ = try await process.untilEnded()
      _ = try await database.admin.run("DROP TABLE \(database.table)")
      _ = try await database.admin.run("DROP TABLESPACE \(space)")
    }
  }

  /// A file system with very little room.
  private struct SmallDisk {
    let folder: String

    init?() async {
      folder = NSTemporaryDirectory() + "/ltpg-disk-" + UUID().uuidString
      let owner = try? FileManager.default.attributesOfItem(
        atPath: (try? await TestCluster.shared.value.folder) ?? "/")[.ownerAccountName]
      guard let owner = owner as? String,
        (try? FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: true)) != nil,
        await Spawner.shared.run(
          "/bin/mount", ["-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", folder]
        ).status == 0,
        await Spawner.shared.run("/bin/chown", [owner, folder]).status == 0
      else {
        try? FileManager.default.removeItem(atPath: folder)
        return nil
      }
    }

    func unmount() async {
      _ = await Spawner.shared.run("/bin/umount", ["-l", folder])
      try? FileManager.default.removeItem(atPath: folder)
    }
  }
#endif
