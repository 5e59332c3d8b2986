import CFileLocks
import Foundation
import LeaseProcessKit
import LockTableLeases
import Testing

/// What a directory that can't be used says.
@Suite(.timeLimit(.minutes(15)))
struct DirectoryErrorTests {
  let directory: ScratchDirectory
  let one = Claimant("1111111111111111")

  init() throws {
    directory = try ScratchDirectory()
  }

  private func error(of path: String, _ key: String = "a") async throws -> LeaseStoreError? {
    let (store, claim) = (DirectoryLeaseStore(path: path), try one.claim(key))
    let error = await #expect(throws: LeaseStoreError.self) {
      try await store.acquire(claim)
    }
    // A run that can't begin ends with the same.
    let sameError = await #expect(throws: LeaseStoreError.self) {
      try await store.run(as: one.process) { _ in }
    }
    #expect(sameError == error)
    return error
  }

  @Test func aMissingDirectoryIsNamed() async throws {
    let path = directory.path + "/missing"
    #expect(
      try await error(of: path)
        == LeaseStoreError(
          .configuration, "the directory \(path) does not exist", code: "ENOENT"))
  }

  @Test func aFileInPlaceOfADirectoryIsNamed() async throws {
    let path = directory.path + "/file"
    #expect(FileManager.default.createFile(atPath: path, contents: nil))
    #expect(
      try await error(of: path)
        == LeaseStoreError(.configuration, "\(path) is not a directory", code: "ENOTDIR"))
  }

  @Test(arguments: ["symbolic link", "directory"])
  func aFileOfANameIsNothingElse(kind: String) async throws {
    let path = directory.path + "/orders,a"
    if kind == "directory" {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    } else {
      try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "tokens")
    }
    let store = directory.store()
    let error = await #expect(throws: LeaseStoreError.self) {
      try await store.acquire(one.claim("a"))
    }
    #expect(error?.kind == .configuration)
    #expect(error?.message == "the file of orders/a in \(directory.path) is not a file")
  }

  @Test func aDirectoryThatIsDeletedEndsTheRun() async throws {
    let store = directory.store()
    let claim = try one.claim("a")
    let reports = Reports()
    let run = Task { try await store.run(as: one.process) { reports.add($0) } }
    try await reports.first(where: Reports.isConnected)
    _ = try await store.acquire(claim)
    try FileManager.default.moveItem(atPath: directory.path, toPath: directory.path + "-moved")
    try await reports.first(where: Reports.isLost(claim))
    let error = await #expect(throws: LeaseStoreError.self) { try await run.value }
    #expect(error?.kind == .configuration)
    #expect(
      error?.message
        == "the directory \(directory.path) was deleted or moved while it was in use")
    #expect(try await !store.release(claim).wasHeld)
    try FileManager.default.removeItem(atPath: directory.path + "-moved")
  }

  @Test func networkFileSystemsAreKnown() {
    // NFS, CIFS, SMB 2, FUSE; ext4, XFS, Btrfs, tmpfs, overlayfs.
    for type: UInt32 in [0x6969, 0xff53_4d42, 0xfe53_4d42, 0x6573_5546] {
      #expect(fl_file_system_is_remote(type))
    }
    for type: UInt32 in [0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994, 0x794c_7630] {
      #expect(!fl_file_system_is_remote(type))
    }
  }

  @Test func aNetworkFileSystemIsRefusedInASentence() {
    let error = DirectoryErrors(path: "/net/locks").ofNetworkFileSystem()
    #expect(error.kind == .configuration)
    #expect(
      error.description
        == "the directory /net/locks is on a network file system, or on FUSE, where locks can be "
        + "lost without notice")
  }
}

/// The same by processes that are restricted, or that see another file system.
@Suite(.timeLimit(.minutes(15)), .enabled(if: HelperProcess.isAvailable))
struct DirectoryRestrictionTests {
  let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  @Test func missingRightsAreAConfigurationError() async throws {
    try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: directory.path)
    let process = try HelperProcess(["try", directory.path, "1", "nobody"])
    #expect(
      try await process.line()
        == "configuration: this process has no right to use the file \(directory.path)/tokens "
        + "(EACCES)")
  }

  @Test func tooManyOpenFilesAreTransient() async throws {
    let process = try HelperProcess(["try", directory.path, "100", "files=32"])
    let line = try await process.line()
    #expect(line.hasPrefix("transient: can't lock the file of test/"))
    #expect(line.hasSuffix("this process has too many open files (EMFILE)"))
    #expect(try await process.line() == "granted again")
  }

  @Test(.enabled(if: HelperProcess.canMount))
  func aReadOnlyFileSystemIsAConfigurationError() async throws {
    let process = try HelperProcess(
      after: "mount -t tmpfs -o ro none \(directory.path)", ["try", directory.path, "1"])
    #expect(
      try await process.line()
        == "configuration: can't use the file \(directory.path)/tokens: the file system is "
        + "read-only (EROFS)")
  }

  @Test(.enabled(if: HelperProcess.canMount))
  func aFileSystemWithoutPlaceForFilesIsTransient() async throws {
    let process = try HelperProcess(
      after: "mount -t tmpfs -o nr_inodes=9 none \(directory.path)",
      ["try", directory.path, "100"])
    let line = try await process.line()
    #expect(line.hasPrefix("transient: can't lock the file of test/"))
    #expect(line.hasSuffix("the disk is full (ENOSPC)"))
    #expect(try await process.line() == "granted again")
  }

  @Test(.enabled(if: HelperProcess.canMount))
  func aFullDiskIsTransient() async throws {
    let path = directory.path
    let process = try HelperProcess(
      after: """
        mount -t tmpfs -o size=64k none \(path) && \
        (head -c 65536 /dev/zero > \(path)/fill; true)
        """, ["try", path, "1"])
    #expect(
      try await process.line()
        == "transient: can't use the file \(path)/tokens: the disk is full (ENOSPC)")
  }
}
