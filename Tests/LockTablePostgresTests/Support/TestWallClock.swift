#if Postgres
  import Foundation
  import Testing

  /// A wall clock that a test sets, for processes that it starts: a library that is loaded before
  /// theirs adds to the time what a file says.
  final class TestWallClock: Sendable {
    private let folder: URL

    static let isPossible =
      FileManager.default.isExecutableFile(atPath: "/usr/bin/cc")
      && FileManager.default.fileExists(atPath: "/proc/self/exe")

    init() async throws {
      folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("lock-table-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
      let source = folder.appendingPathComponent("clock.c").path
      try Data(Self.source.utf8).write(to: URL(fileURLWithPath: source))
      let made = await Spawner.shared.run(
        "/usr/bin/cc", ["-shared", "-fPIC", "-O1", "-o", library, source])
      try #require(made.status == 0, "no library: \(made.output)")
      try set(seconds: 0)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private var library: String { folder.appendingPathComponent("clock.so").path }
    private var file: String { folder.appendingPathComponent("seconds").path }

    var environment: [String: String] { ["LD_PRELOAD": library, "TEST_CLOCK": file] }

    /// Sets how much later it is than on other clocks.
    func set(seconds: Int64) throws {
      // Not atomically: the processes have the file open.
      let bytes = withUnsafeBytes(of: seconds) { Data($0) }
      guard let handle = FileHandle(forUpdatingAtPath: file) else {
        try bytes.write(to: URL(fileURLWithPath: file))
        return
      }
      try handle.write(contentsOf: bytes)
      try handle.close()
    }

    private static let source = """
      #define _GNU_SOURCE
      #include <fcntl.h>
      #include <stdlib.h>
      #include <sys/mman.h>
      #include <sys/syscall.h>
      #include <sys/time.h>
      #include <time.h>
      #include <unistd.h>

      static volatile long long *seconds;

      static long long shift(void)
      {
        if (!seconds) {
          const char *path = getenv("TEST_CLOCK");
          int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
          void *page = mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
          if (page == MAP_FAILED)
            abort();
          close(file);
          seconds = page;
        }
        return *seconds;
      }

      int clock_gettime(clockid_t clock, struct timespec *now)
      {
        int result = syscall(SYS_clock_gettime, clock, now);
        if (!result && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
          now->tv_sec += shift();
        return result;
      }

      int gettimeofday(struct timeval *now, void *zone)
      {
        struct timespec time;
        (void)zone;
        clock_gettime(CLOCK_REALTIME, &time);
        now->tv_sec = time.tv_sec;
        now->tv_usec = time.tv_nsec / 1000;
        return 0;
      }

      time_t time(time_t *now)
      {
        struct timespec time;
        clock_gettime(CLOCK_REALTIME, &time);
        if (now)
          *now = time.tv_sec;
        return time.tv_sec;
      }
      """
  }
#endif
