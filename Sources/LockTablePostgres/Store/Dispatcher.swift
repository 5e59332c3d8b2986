#if Postgres
  internal import LockTableLeases
  internal import Synchronization

  /// Sends requests over the session, one statement at a time: what gathers while a statement runs
  /// goes together, as the next one. So all share the server's commits, and one connection does.
  ///
  /// A statement is sent by the thread that has the request, or by the one that brings the answer
  /// to the last. Nobody waits for a thread of the dispatcher's, as there is none.
  final class Dispatcher: Sendable {
    private enum Phase {
      /// Requests wait for a session.
      case waiting
      case open(any PostgresSession)
      /// Requests fail.
      case failing(LeaseStoreError)
    }

    private struct State: ~Copyable {
      var phase = Phase.waiting
      var queue = RequestQueue()
      /// Distinguishes statements, as an answer may come after the session was given up.
      var number = 0
      var isBusy = false
      /// Nil: of the `LISTEN`.
      var batch: RequestQueue.Batch?
      var sentAt: ContinuousClock.Instant = .now
      var isListening = false
      var channel = ""
      var loss: Loss?
    }

    private struct Work {
      let session: any PostgresSession
      let number: Int
      /// Nil is `LISTEN`.
      let batch: RequestQueue.Batch?
      let channel: String
    }

    private let statements: RequestStatements
    private let claimMilliseconds: Int64
    private let silence: Duration
    private let state = Mutex(State())

    init(sql: LeaseSQL, claim: Duration, silence: Duration) {
      statements = RequestStatements(sql)
      claimMilliseconds = claim.wholeMilliseconds
      self.silence = silence
    }

    // For the calls.

    func submit(_ request: Request) {
      let work: Work?
      let error: LeaseStoreError?
      (work, error) = state.withLock { state in
        if case .failing(let error) = state.phase { return (nil, error) }
        state.queue.append(request)
        return (Self.next(&state), nil)
      }
      if let error { request.end(.failure(error)) }
      if let work { perform(work) }
    }

    /// Gives up a request. If it is not sent yet, it never is.
    func withdraw(_ request: Request) {
      state.withLock { state in state.queue.remove(request) }
      request.end(.failure(LeaseStoreError(.cancelled, "the task was cancelled")))
    }

    var queuedCount: Int { state.withLock { $0.queue.count } }

    // For the supervisor.

    func open(_ session: any PostgresSession, channel: String) {
      let work: Work? = state.withLock { state in
        state.phase = .open(session)
        state.channel = channel
        state.isListening = false
        state.loss = nil
        return Self.next(&state)
      }
      if let work { perform(work) }
    }

    /// How a session ended.
    struct Loss: Sendable {
      var error: LeaseStoreError
      /// A statement was without an answer. Its backend may still carry it out.
      var hadRequest: Bool
    }

    /// Stops to use the session, which has ended. Requests that were sent fail; the others wait.
    func closeSession(_ error: LeaseStoreError) -> Loss {
      giveUp(nil, error)
      return state.withLock { $0.loss } ?? Loss(error: error, hadRequest: false)
    }

    /// Requests fail from now on, until there is a session, or until ``wait()``.
    func fail(_ error: LeaseStoreError) {
      let requests: [Request] = state.withLock { state in
        state.phase = .failing(error)
        return state.queue.removeAll()
      }
      for request in requests { request.end(.failure(error)) }
    }

    /// Requests wait for a session.
    func wait() {
      state.withLock { state in
        if case .failing = state.phase { state.phase = .waiting }
      }
    }

    // Sending.

    /// Takes what is to be sent now.
    private static func next(_ state: inout State) -> Work? {
      guard case .open(let session) = state.phase, !state.isBusy, let batch = state.queue.next()
      else { return nil }
      state.isBusy = true
      state.number += 1
      state.batch = batch
      state.sentAt = .now
      // A place in line is of use only to a process that hears of it.
      let listens =
        !state.isListening && batch.kind == .acquire && batch.requests.contains(where: \.waits)
      return Work(
        session: session, number: state.number, batch: listens ? nil : batch,
        channel: state.channel)
    }

    private func perform(_ work: Work) {
      let number = work.number
      guard let batch = work.batch else {
        return work.session.listen(on: work.channel) { [self] in didListen(number, $0) }
      }
      let (statement, parameters) = batch.statement(statements, claim: claimMilliseconds)
      work.session.send(statement, parameters) { [self] in didSend(number, batch, $0) }
    }

    private func didListen(
      _ number: Int, _ result: Result<[[String?]], PostgresSessionError>
    ) {
      if case .failure(let error) = result, error.remedy == .reconnect {
        return giveUp(number, error.forStore)
      }
      // A server behind a pooler may refuse. The table asks again and again anyway.
      let work: Work? = state.withLock { state in
        guard number == state.number, let batch = state.batch, case .open(let session) = state.phase
        else { return nil }
        state.isListening = true
        state.sentAt = .now
        return Work(session: session, number: number, batch: batch, channel: state.channel)
      }
      if let work { perform(work) }
    }

    private func didSend(
      _ number: Int, _ batch: RequestQueue.Batch,
      _ result: Result<[[String?]], PostgresSessionError>
    ) {
      if case .failure(let error) = result, error.remedy == .reconnect {
        return giveUp(number, error.forStore)
      }
      let outcomes = outcomes(of: batch, result)
      let (isCurrent, work): (Bool, Work?) = state.withLock { state in
        guard number == state.number else { return (false, nil) }
        state.isBusy = false
        state.batch = nil
        if outcomes == nil { state.queue.appendAlone(batch.requests.filter { !$0.hasEnded }) }
        return (true, Self.next(&state))
      }
      if let work { perform(work) }
      guard isCurrent, let outcomes else { return }
      for (request, outcome) in zip(batch.requests, outcomes) { request.end(outcome) }
    }

    /// Nil: ask again for each request alone.
    private func outcomes(
      of batch: RequestQueue.Batch, _ result: Result<[[String?]], PostgresSessionError>
    ) -> [Request.Outcome]? {
      switch result {
      case .success(let rows): return batch.outcomes(rows)
      case .failure(let error):
        if error.remedy == .separate, batch.requests.count > 1 { return nil }
        return batch.requests.map { _ in .failure(error.forStore) }
      }
    }

    /// The session is of no use any more, as the statement of that number has shown. The session
    /// reports its end by itself, as soon as it is closed.
    private func giveUp(_ number: Int?, _ error: LeaseStoreError) {
      let (session, requests): ((any PostgresSession)?, [Request]) = state.withLock { state in
        guard number == nil || number == state.number, case .open(let session) = state.phase else {
          return (nil, [])
        }
        defer {
          state.phase = .waiting
          state.number += 1
          state.isBusy = false
          state.batch = nil
        }
        state.loss = Loss(error: error, hadRequest: state.isBusy)
        return (session, state.batch?.requests ?? [])
      }
      session?.close()
      for request in requests { request.end(.failure(error)) }
    }

    // Silence.

    /// Gives up a session that owes an answer for too long, as a connection can be dead without a
    /// sign of it. Looks until the task is cancelled, as rarely as that can be seen in time.
    nonisolated(nonsending) func watch() async {
      while !Task.isCancelled {
        try? await Task.sleep(for: checkAnswer())
      }
    }

    /// Returns when to look again.
    private func checkAnswer() -> Duration {
      let (pause, overdue): (Duration, Int?) = state.withLock { state in
        guard state.isBusy else { return (silence, nil) }
        let left = silence - state.sentAt.duration(to: .now)
        return left > .zero ? (left, nil) : (silence, state.number)
      }
      if let overdue {
        giveUp(overdue, LeaseStoreError(.transient, "PostgreSQL did not answer within \(silence)"))
      }
      return pause
    }
  }
#endif
