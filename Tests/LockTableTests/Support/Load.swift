import Foundation

/// How much work a test does.
enum Load {
  /// Does a sanitizer slow everything down?
  static let isSanitized = divisor > 1

  /// A tenth of it under the address sanitizer, and half of that under the thread sanitizer.
  static func scaled(_ count: Int) -> Int { max(count / divisor, 1) }

  /// All of it only where LOCKTABLE_TESTS is "long": for what takes minutes. Else a tenth.
  static func long(_ count: Int) -> Int {
    isLong ? count : scaled(max(count / 10, 1))
  }

  /// `count` only where LOCKTABLE_TESTS is "long". Else what is usual, scaled.
  static func long(_ count: Int, usually usual: Int) -> Int {
    isLong ? count : scaled(usual)
  }

  private static let divisor =
    isPresent("__tsan_init") ? 20 : isPresent("__asan_init") ? 10 : 1

  private static let isLong = ProcessInfo.processInfo.environment["LOCKTABLE_TESTS"] == "long"

  private static func isPresent(_ symbol: String) -> Bool {
    guard let program = dlopen(nil, RTLD_LAZY) else { return false }
    return dlsym(program, symbol) != nil
  }
}
