import Foundation

/// How much work a test does.
enum Load {
  /// Does a sanitizer slow everything down?
  static let isSanitized =
    isPresent("__tsan_init") || isPresent("__asan_init")

  /// A tenth of it under a sanitizer, and where LOCKTABLE_TESTS is "light".
  static func scaled(_ count: Int) -> Int {
    isSanitized || isLight ? max(count / 10, 1) : count
  }

  /// All of it only where LOCKTABLE_TESTS is "long": for what takes minutes. Else a tenth.
  static func long(_ count: Int) -> Int {
    isLong ? count : scaled(max(count / 10, 1))
  }

  private static let isLong = ProcessInfo.processInfo.environment["LOCKTABLE_TESTS"] == "long"
  private static let isLight = ProcessInfo.processInfo.environment["LOCKTABLE_TESTS"] == "light"

  private static func isPresent(_ symbol: String) -> Bool {
    guard let program = dlopen(nil, RTLD_LAZY) else { return false }
    return dlsym(program, symbol) != nil
  }
}
