internal import CFileLocks

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What the numbers of the system mean for a directory of locks.
package struct DirectoryErrors {
  let path: String

  package init(path: String) {
    self.path = path
  }

  /// The directory could not be opened.
  func ofDirectory(_ number: Int32) -> LeaseStoreError {
    switch number {
    case ENOENT: refusal("the directory \(path) does not exist", number)
    case ENOTDIR: refusal("\(path) is not a directory", number)
    default: error(number, "open the directory \(path)")
    }
  }

  package func ofNetworkFileSystem() -> LeaseStoreError {
    refusal(
      "the directory \(path) is on a network file system, or on FUSE, where locks can be lost "
        + "without notice", nil)
  }

  /// The token file could not be opened, or a token not be drawn.
  func ofTokens(_ number: Int32) -> LeaseStoreError {
    switch number {
    case EAGAIN: failure("another process prepares the file \(path)/tokens", number)
    case ESTALE: failure("the file \(path)/tokens is replaced again and again", number)
    default: error(number, "use the file \(path)/tokens")
    }
  }

  /// The file of a name could not be locked.
  func ofFile(_ number: Int32, _ name: LeaseName) -> LeaseStoreError {
    switch number {
    case EBUSY: failure("the file of \(name) in \(path) is replaced again and again", number)
    case ELOOP, EISDIR, ENXIO: refusal("the file of \(name) in \(path) is not a file", number)
    case ENAMETOOLONG: refusal("the name \(name) is too long for a file in \(path)", number)
    case ENOENT: refusal("the directory \(path) does not exist any more", number)
    default: error(number, "lock the file of \(name) in \(path)")
    }
  }

  func ofThread(_ number: Int32) -> LeaseStoreError {
    error(number, "hear of changes in \(path)")
  }

  func ofSecondRun() -> LeaseStoreError {
    refusal("a table runs the store of the directory \(path) already", nil)
  }

  /// The directory is not where it was.
  func ofMove() -> LeaseStoreError {
    refusal("the directory \(path) was deleted or moved while it was in use", nil)
  }

  private func error(_ number: Int32, _ purpose: String) -> LeaseStoreError {
    switch number {
    case EACCES, EPERM: refusal("this process has no right to \(purpose)", number)
    case EROFS: refusal("can't \(purpose): the file system is read-only", number)
    case ENOSPC: failure("can't \(purpose): the disk is full", number)
    case EDQUOT: failure("can't \(purpose): the disk quota is used up", number)
    case EMFILE: failure("can't \(purpose): this process has too many open files", number)
    case ENFILE: failure("can't \(purpose): this machine has too many open files", number)
    case ENOLCK: failure("can't \(purpose): the system has no locks left", number)
    case EINVAL, EOPNOTSUPP, ENOSYS:
      refusal("can't \(purpose): the file system lacks what that needs", number)
    default: failure("can't \(purpose)", number)
    }
  }

  private func refusal(_ message: String, _ number: Int32?) -> LeaseStoreError {
    LeaseStoreError(.configuration, message, code: number.map { code($0) })
  }

  private func failure(_ message: String, _ number: Int32) -> LeaseStoreError {
    LeaseStoreError(.transient, message, code: code(number))
  }

  private func code(_ number: Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16) { text in
      // The buffer is as large as the call may fill it, its end included.
      guard let start = text.baseAddress else { return "\(number)" }
      fl_error_name(number, start)
      return String(cString: start)
    }
  }
}
