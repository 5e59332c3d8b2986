import LockTable
import Synchronization

// Keys of the fast ways.

struct AccountID: RawRepresentable, LockKey {
  var rawValue: Int64
}

struct Region: RawRepresentable, LockKey {
  var rawValue: String
}

enum Resource: String, LockKey {
  case disk, network
}

struct TenantUser: LockKey {
  var tenant: Int32
  var user: String
  var lockIdentity: LockKeyPair<Int32, String> { LockKeyPair(tenant, user) }
}

/// Compares loosely, and says so in its identity.
struct FoldedName: LockKey {
  var name: String
  var lockIdentity: String { name.lowercased() }
  static func == (left: Self, right: Self) -> Bool { left.lockIdentity == right.lockIdentity }
  func hash(into hasher: inout Hasher) { hasher.combine(lockIdentity) }
}

// Keys of the general way.

/// Compares loosely, and is no `LockKey`: its raw value must not be taken for its identity.
struct LooseName: RawRepresentable, Hashable, Sendable {
  var rawValue: String
  static func == (left: Self, right: Self) -> Bool {
    left.rawValue.lowercased() == right.rawValue.lowercased()
  }
  func hash(into hasher: inout Hasher) { hasher.combine(rawValue.lowercased()) }
}

enum Place: Hashable, Sendable {
  case nowhere
  case shelf(Int)
  case room(String, floor: Int)
}

/// All values have one hash.
struct Colliding<Value: Hashable & Sendable>: Hashable, Sendable {
  var value: Value
  init(_ value: Value) { self.value = value }
  func hash(into hasher: inout Hasher) { hasher.combine(0) }
}

/// A key type with a subclass that conforms to `LockKey`, while it does not itself.
class Node: Hashable, @unchecked Sendable {
  // Sound to share: immutable.
  let number: Int
  init(_ number: Int) { self.number = number }
  static func == (left: Node, right: Node) -> Bool { left.number == right.number }
  func hash(into hasher: inout Hasher) { hasher.combine(number) }
}

final class Leaf: Node, LockKey, @unchecked Sendable {
  var lockIdentity: Int { number }
}

/// Stops the thread that next compares a key with it, so that a test can let others
/// act between a look-up and what it leads to.
final class Pause: Sendable {
  private let isArmed: Atomic<Bool>
  private let arrived = Gate()
  private let leave = Gate()

  init(isArmed: Bool = true) {
    self.isArmed = Atomic(isArmed)
  }

  func arm() {
    isArmed.store(true, ordering: .relaxed)
  }

  func stopOnce() {
    if isArmed.exchange(false, ordering: .relaxed) {
      arrived.open()
      leave.pass()
    }
  }

  /// Waits until a thread has stopped.
  func waitForArrival() {
    arrived.pass()
  }

  func resume() {
    leave.open()
  }
}

/// Keys of one group have one hash. Comparing one that has a hook runs it.
struct ScriptedKey: Hashable, Sendable {
  var name: Int
  var group = 0
  var token: Token?
  var onCompare: (@Sendable () -> Void)?

  init(_ name: Int, group: Int = 0, token: Token? = nil) {
    self.name = name
    self.group = group
    self.token = token
  }

  init(_ name: Int, group: Int = 0, pause: Pause) {
    self.init(name, group: group)
    onCompare = { pause.stopOnce() }
  }

  static func == (left: Self, right: Self) -> Bool {
    left.onCompare?()
    right.onCompare?()
    return left.name == right.name && left.group == right.group
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(group)
  }
}

/// Tells when the last copy of a key is gone.
final class Token: Sendable {
  private let onEnd: @Sendable () -> Void

  init(onEnd: @escaping @Sendable () -> Void) {
    self.onEnd = onEnd
  }

  deinit {
    onEnd()
  }
}
