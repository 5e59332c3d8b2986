extension String {
  /// The bytes of UTF-8, where they are: a `String` of Swift's own has them in one piece.
  @inline(__always)
  func withNativeBytes<Result>(_ body: (UnsafeBufferPointer<CChar>) -> Result) -> Result {
    let result = utf8.withContiguousStorageIfAvailable { bytes in
      // Sound: both are bytes.
      bytes.withMemoryRebound(to: CChar.self, body)
    }
    guard let result else {
      return Array(utf8).withUnsafeBytes { $0.withMemoryRebound(to: CChar.self, body) }
    }
    return result
  }
}
