#if Tracing
  public import LockTable
  public import Tracing

  extension LockTable {
    /// Makes a span for each wait of a task for one of the table's keys, of waits that begin from
    /// now on.
    ///
    ///     let locks = LockTable<String>(name: "accounts", configuration: .init(diagnostics: .init()))
    ///     locks.traceWaits()
    ///
    /// The span is called `wait for lock`. It begins where the task joins the queue, and ends when
    /// the task has the key or gives up. It is a child of the span that the task has at that time. A
    /// key that is free makes no span, and neither does a refusal: only a task that was suspended
    /// has waited. A call for several keys makes a span for each key that it waits for. A thread
    /// that parks makes none.
    ///
    /// With diagnostics, the span is linked to the span in which the key's holder acquired a key
    /// last, if the holder is a task, and if it is still known: the process remembers the spans of
    /// the last acquirers, up to 4 096 of them. Of several holders, the one counts that has had the
    /// key for longest.
    ///
    /// | attribute | value |
    /// |---|---|
    /// | `lock.table` | the table's name, if it has one |
    /// | `lock.key` | the key, as `Configuration.describeKey` shows it |
    /// | `lock.mode` | `exclusive`, `shared` |
    /// | `lock.holder.label` | what the holder acquired the key for, if it has a label |
    /// | `lock.holder.call_site` | where the holder acquired it |
    /// | `lock.failure` | why the task did not get the key: `cancelled`, `timed out`, `closed`, … |
    ///
    /// A wait that fails has the status `error`. The tracer is called by the task, after the wait
    /// and before the call returns, with no lock of the table held. But if the task has got the key,
    /// it holds the key meanwhile. So the tracer should hand spans on rather than export them
    /// itself, as all do. With diagnostics, a task notes its span at each acquisition of each table,
    /// too. That takes some tens of nanoseconds more.
    ///
    /// - Parameter tracer: What makes the spans. Nil stands for the one that the
    ///   `InstrumentationSystem` has when a wait is over. Only the first call for a table counts.
    public func traceWaits(with tracer: (any Tracer)? = nil) {
      AcquirerSpans.shared.use()
      observeWaits(
        WaitObserver { wait in
          let begun = DefaultTracerClock.now
          let context = ServiceContext.current ?? .topLevel
          let holder = wait.holder?.span
          return { failure in
            let span = EndedWait(
              wait: wait, begun: begun, context: context, holder: holder, failure: failure)
            let tracer: any Tracer = tracer ?? InstrumentationSystem.tracer
            span.record(with: tracer)
          }
        })
    }
  }

  extension SemaphoreTable {
    /// Makes a span for each wait of a task for permits, as the same method of a `LockTable` does.
    public func traceWaits(with tracer: (any Tracer)? = nil) {
      locks.traceWaits(with: tracer)
    }
  }

  private struct EndedWait {
    let wait: ObservedWait
    let begun: DefaultTracerClock.Timestamp
    let context: ServiceContext
    let holder: ServiceContext?
    let failure: String?

    func record(with tracer: some Tracer) {
      let span = tracer.startSpan(
        "wait for lock", context: context, ofKind: .internal, at: begun)
      span.updateAttributes { attributes in
        attributes["lock.table"] = wait.table
        attributes["lock.key"] = wait.key
        attributes["lock.mode"] = wait.mode == .shared ? "shared" : "exclusive"
        attributes["lock.holder.label"] = wait.holder?.label
        attributes["lock.holder.call_site"] = wait.holder?.callSite
        attributes["lock.failure"] = failure
      }
      if let holder {
        span.addLink(SpanLink(context: holder, attributes: [:]))
      }
      if let failure {
        span.setStatus(SpanStatus(code: .error, message: failure))
      }
      span.end()
    }
  }

  extension LockParticipant {
    fileprivate var span: ServiceContext? {
      guard case .task(let id, _) = acquirer else { return nil }
      return AcquirerSpans.shared.context(of: id)
    }
  }
#endif
