import Dispatch

/// Runs `body` in a task on the pool and blocks until it has ended. Not to be called from a task.
func blocking<Value>(_ body: @escaping @Sendable () async throws -> Value) -> Value {
  let result = Box<Result<Value, any Error>?>(nil)
  let end = DispatchSemaphore(value: 0)
  Task.detached {
    do {
      result.value = .success(try await body())
    } catch {
      result.value = .failure(error)
    }
    end.signal()
  }
  end.wait()
  switch result.value {
  case .success(let value): return value
  case .failure(let error): fatalError("LockTable threw \(error) in a task that nobody cancels")
  case nil: fatalError("a task ended without a result")
  }
}
