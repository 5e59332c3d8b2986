/// The machine, and what was asked for.
struct Conditions: RecordShape {
  static let kind = "conditions"

  /// The subcommand.
  var experiment: String
  /// What is measured and how, in a sentence or two.
  var summary: String
  /// As it was typed, or as it could have been.
  var command: String
  /// In UTC, as in 2026-01-31T23:59:59Z.
  var date: String
  var system: String
  var processor: String
  var cores: Int
  /// Over one minute: who else is at work. Nil where the system does not tell.
  var load: Double?
  var isOptimised: Bool
  /// What the tables quote themselves in.
  var floor: QuickFloor?
}

/// The core-to-core hand-off, before and after what it stands beside.
struct MachineClass: Codable, Sendable {
  /// Nanoseconds until another core has seen this one's store: half a round trip.
  var handOffBefore: Double
  var handOffAfter: Double

  /// Beyond this the two are not of one class, and nothing between them is compared.
  static let tolerance = 1.5

  var isSteady: Bool {
    max(handOffBefore, handOffAfter) <= Self.tolerance * min(handOffBefore, handOffAfter)
  }
}

/// Something about rows of that name.
struct NoteRecord: RecordShape {
  static let kind = "note"

  var name: String
  var note: String
}
