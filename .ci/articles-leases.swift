import LockTable
import LockTableLeases

// What the code in the articles of leases takes for granted.

func bill(_ account: Int, fencingToken: Int64) async throws {}

private func name() -> LeaseName {
  guard let name = LeaseName(namespace: "orders", key: "account-42") else { fatalError("too long") }
  return name
}
let account = name()
