internal import CFileLocks

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The directory and its token file, open, and the processes that the token file names.
struct DirectoryDescriptors {
  /// -1: closed.
  var directory: Int32 = -1
  var isRemote = false
  var tokens = fl_tokens(
    fd: -1, append: -1, base: 0, durable: 0, punched: 0, is_remote: false)
  /// The largest token that was drawn here.
  var lastToken: Int64 = 0

  private var slots: [LeaseProcess: UInt32] = [:]
  private var lastSlot: (process: LeaseProcess, slot: UInt32)?

  /// Opens the token file of the directory. Returns an error number.
  mutating func openTokens() -> Int32 {
    fl_tokens_close(&tokens)
    // The slots are in the file.
    slots = [:]
    lastSlot = nil
    return fl_tokens_open(directory, isRemote, lastToken, &tokens)
  }

  /// Draws a token, from a new file if somebody has deleted this one. Returns an error number.
  mutating func drawToken(_ token: inout Int64) -> Int32 {
    var result = tokens.append < 0 ? ESTALE : fl_tokens_draw(&tokens, &token)
    if result == ESTALE {
      result = openTokens()
      if result == 0 { result = fl_tokens_draw(&tokens, &token) }
    }
    lastToken = max(lastToken, token)
    return result
  }

  /// Returns the owner as it is written down for others.
  mutating func owner(of owner: LeaseOwner) -> fl_owner {
    let slot: UInt32
    if let lastSlot, lastSlot.process == owner.process {
      slot = lastSlot.slot
    } else {
      slot = slots[owner.process] ?? fl_slot_take(&tokens, owner.process.text)
      slots[owner.process] = slot
      lastSlot = (owner.process, slot)
    }
    return fl_owner(serial: owner.serial < FL_SERIAL_END ? owner.serial : 0, slot: slot)
  }

  /// Returns the owner that others have written down, or nil.
  func owner(_ owner: fl_owner) -> LeaseOwner? {
    guard owner.slot != 0, owner.serial < FL_SERIAL_END else { return nil }
    let text: String? = withUnsafeTemporaryAllocation(
      of: CChar.self, capacity: Int(FL_PROCESS_LENGTH) + 1
    ) { text in
      // The buffer has room for the longest text and its end, which the call always writes.
      guard let start = text.baseAddress else { return nil }
      fl_slot_read(tokens, owner.slot, start)
      return String(cString: start)
    }
    guard let process = text.flatMap(LeaseProcess.init(text:)) else { return nil }
    return LeaseOwner(process: process, serial: owner.serial)
  }

  /// Lets go of the directory. What is held stays locked until it is released.
  mutating func close() {
    fl_close(directory)
    fl_tokens_close(&tokens)
    directory = -1
  }
}

extension DirectoryState {
  /// Opens the directory, unless it is open.
  mutating func open() throws(LeaseStoreError) {
    guard descriptors.directory < 0 else { return }
    var directory: Int32 = -1
    let result = fl_directory_open(path, &directory)
    guard result == 0 else { throw errors.ofDirectory(result) }
    descriptors.directory = directory
    descriptors.isRemote = fl_directory_is_remote(directory)
    guard allowsNetworkFileSystems || !descriptors.isRemote else {
      descriptors.close()
      throw errors.ofNetworkFileSystem()
    }
    let error = descriptors.openTokens()
    guard error == 0 else {
      descriptors.close()
      throw errors.ofTokens(error)
    }
  }

  mutating func drawToken() throws(LeaseStoreError) -> Int64 {
    var token: Int64 = 0
    let result = descriptors.drawToken(&token)
    guard result == 0 else { throw errors.ofTokens(result) }
    return token
  }
}

extension LeaseProcess {
  /// The text of an owner, without the number of the acquisition.
  fileprivate var text: String { LeaseOwner(process: self, serial: 0).text }

  fileprivate init?(text: String) {
    guard let owner = LeaseOwner(text) else { return nil }
    self = owner.process
  }
}
