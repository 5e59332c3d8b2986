internal import CFileLocks
internal import LockTable

/// A walk over the files of a directory.
///
/// A pointer to C's list is in here, and nothing else keeps it: it lives as long as the listing.
final class DirectoryListing {
  private let store: DirectoryLeaseStore
  private let list: OpaquePointer

  init(_ store: DirectoryLeaseStore) throws(LeaseStoreError) {
    self.store = store
    list = try store.state.withStore { (state) throws(LeaseStoreError) in
      try state.open()
      return try state.list()
    }
  }

  deinit {
    fl_list_close(list)
  }

  private func nextText() -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(FL_KEY_LENGTH) + 1) { text in
      // The buffer has room for the longest key and its end.
      guard let start = text.baseAddress, fl_list_next(list, start) else { return nil }
      return String(cString: start)
    }
  }

  /// The next name that has a file.
  func next() -> LeaseName? {
    while let text = nextText() {
      if let name = LeaseName(text) { return name }
    }
    return nil
  }

  /// Who holds the name. Nil: nobody.
  func holding(of name: LeaseName) -> LeaseHolding? {
    var fd: Int32 = -1
    guard fl_peek(fl_list_directory(list), name.text, &fd) == 0 else { return nil }
    defer { fl_close(fd) }
    var owner = fl_owner()
    guard fl_holder(fd, &owner) else { return nil }
    let waiterCount = Int(fl_waiter_count(fd, 1000))
    return LeaseHolding(
      name: name, owner: store.state.withValue { $0.descriptors.owner(owner) },
      waiterCount: waiterCount)
  }

  /// Deletes the files that ended processes have left.
  func tidy() {
    while let name = next() {
      fl_tidy(fl_list_directory(list), name.text)
    }
  }
}

extension DirectoryState {
  func list() throws(LeaseStoreError) -> OpaquePointer {
    var list: OpaquePointer?
    let result = fl_list_open(descriptors.directory, &list)
    guard result == 0, let list else { throw errors.ofDirectory(result) }
    return list
  }
}
