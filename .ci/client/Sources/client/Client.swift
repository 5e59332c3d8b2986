import LockTable

@main
struct Client {
  static func main() {
    let locks = LockTable<String>()
    print(locks.withLock("account-42") { locks.count })
  }
}
