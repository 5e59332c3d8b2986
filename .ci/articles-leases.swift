import LockTable
import LockTableLeases

// What the code in the articles of leases takes for granted.

func bill(_ account: Int, fencingToken: Int64) async throws {}
