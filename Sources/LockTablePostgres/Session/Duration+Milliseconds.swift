#if Postgres
  extension Duration {
    /// Rounded up, at least one. More than 30 000 years are so many.
    var wholeMilliseconds: Int64 {
      let (seconds, attoseconds) = components
      guard seconds < 1 << 40 else { return 1_000 << 40 }
      let thousandth: Int64 = 1_000_000_000_000_000
      return max(1, max(seconds, 0) * 1_000 + (attoseconds + thousandth - 1) / thousandth)
    }

    /// The same for a setting of the server's or of libpq's, which has 32 bits: 24 days at most.
    var settingInMilliseconds: Int32 { Int32(clamping: wholeMilliseconds) }
  }
#endif
