#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Sees whether two holders of a key overlap, and whether a later one has a smaller token: by a
/// lock of another kind on one file for each key, which has the last token in it. Each task has a
/// witness of its own.
struct Witness {
  let keyCount: Int
  private(set) var mistakeCount = 0
  private let files: [Int32]

  init(_ path: String, keyCount: Int) {
    self.keyCount = keyCount
    files = (0..<keyCount).map { key in
      let file = open("\(path)/\(key)", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
      // The system closes the files of a killed process from the last to the first. The witness's
      // locks have to go before those of the store.
      let high = fcntl(file, F_DUPFD_CLOEXEC, 900)
      close(file)
      return high
    }
  }

  mutating func add(_ mistake: String) {
    say(mistake)
    mistakeCount += 1
  }

  mutating func enter(_ key: Int, token: Int64) {
    guard flock(files[key], LOCK_EX | LOCK_NB) == 0 else {
      return add("two holders of key \(key); this one has the token \(token)")
    }
    var last: Int64 = 0
    pread(files[key], &last, 8, 0)
    if token <= last { add("key \(key) has the token \(token) after \(last)") }
    var new = token
    pwrite(files[key], &new, 8, 0)
  }

  func leave(_ key: Int) {
    flock(files[key], LOCK_UN)
  }
}

/// Prints a line at once, also to a pipe. Not by a stream: to flush one takes its lock, and to
/// flush all of them takes that of the input, which somebody may wait for.
func say(_ line: String) {
  var line = line + "\n"
  line.withUTF8 { bytes in _ = write(1, bytes.baseAddress, bytes.count) }
}
