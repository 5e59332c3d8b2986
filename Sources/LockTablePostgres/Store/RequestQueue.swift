#if Postgres
  internal import LockTableLeases

  /// The requests that are not sent yet. While one statement runs, the next ones gather here; then
  /// those of one kind go together, as the next statement.
  ///
  /// - A name is in a statement once.
  /// - Requests for one name keep their order, so that a release comes after what it gives up.
  ///   Renewals are free of that: they change nothing that an order could spoil.
  /// - The kinds take turns, so that a long row of one does not hold up another.
  struct RequestQueue: ~Copyable {
    struct Batch: Sendable {
      let kind: Request.Kind
      let requests: [Request]

      var claims: [LeaseClaim] { requests.flatMap(\.claims) }
    }

    /// So much goes in a statement, or so many leases: nobody should wait long behind it.
    static let mostRequests = 256
    static let mostRenewals = 1_000

    /// Acquisitions and releases, in the order in which they came.
    private var claims: [Request] = []
    private var others: [Request.Kind: [Request]] = [:]
    /// Requests that were in a statement that failed and may be the reason: each goes alone.
    private var alone: [Request] = []
    private var last = Request.Kind.sweep

    var count: Int { others.values.reduce(claims.count + alone.count) { $0 + $1.count } }

    mutating func append(_ request: Request) {
      switch request.kind {
      case .acquire, .release: claims.append(request)
      case .renew, .renewUnlocked, .look, .holdings, .sweep:
        others[request.kind, default: []].append(request)
      }
    }

    /// Puts requests in front, each of which then goes by itself.
    mutating func appendAlone(_ requests: [Request]) {
      alone += requests
    }

    /// Takes out a request, if it is not sent yet.
    mutating func remove(_ request: Request) {
      claims.removeAll { $0 === request }
      alone.removeAll { $0 === request }
      others[request.kind]?.removeAll { $0 === request }
      if others[request.kind]?.isEmpty == true { others[request.kind] = nil }
    }

    mutating func removeAll() -> [Request] {
      defer {
        claims = []
        alone = []
        others = [:]
      }
      return alone + claims + others.values.joined()
    }

    /// Takes the requests of the next statement.
    mutating func next() -> Batch? {
      let kinds = Request.Kind.allCases
      let start = (kinds.firstIndex(of: last) ?? 0) + 1
      for offset in 0..<kinds.count {
        let kind = kinds[(start + offset) % kinds.count]
        if let batch = take(kind) {
          last = kind
          return batch
        }
      }
      return nil
    }

    private mutating func take(_ kind: Request.Kind) -> Batch? {
      switch kind {
      case .acquire, .release: return takeAlone(kind) ?? takeClaims(kind)
      case .renew, .renewUnlocked, .look, .holdings, .sweep:
        guard var waiting = others[kind] else { return nil }
        let request = waiting.removeFirst()
        others[kind] = waiting.isEmpty ? nil : waiting
        return Batch(kind: kind, requests: [request])
      }
    }

    private mutating func takeAlone(_ kind: Request.Kind) -> Batch? {
      guard let index = alone.firstIndex(where: { $0.kind == kind }) else { return nil }
      return Batch(kind: kind, requests: [alone.remove(at: index)])
    }

    private mutating func takeClaims(_ kind: Request.Kind) -> Batch? {
      if claims.count == 1, alone.isEmpty {
        guard claims[0].kind == kind else { return nil }
        defer { claims.removeAll(keepingCapacity: true) }
        return Batch(kind: kind, requests: [claims[0]])
      }
      var taken: [Request] = []
      var left: [Request] = []
      var names = Set(alone.flatMap(\.claims).map(\.name))
      for request in claims {
        let isFirst = names.insert(request.claims[0].name).inserted
        if isFirst, request.kind == kind, taken.count < Self.mostRequests {
          taken.append(request)
        } else {
          left.append(request)
        }
      }
      guard !taken.isEmpty else { return nil }
      claims = left
      return Batch(kind: kind, requests: taken)
    }
  }
#endif
