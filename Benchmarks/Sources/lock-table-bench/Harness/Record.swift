import Foundation

/// One line of `--json`, and all that a text table or a chart is made of.
///
/// An experiment hands over records, table by table. As JSON each one is an object whose `kind` names its
/// type; the fields of the type stand next to `kind`. `columns` and `presentation` describe how the records of
/// a type are shown, as text and in a page alike.
protocol Record: Codable, Sendable {
  static var kind: String { get }
  /// Without columns no table shows them.
  static var columns: [Column<Self>] { get }
  static var presentation: Presentation<Self> { get }
}

extension Record {
  static var columns: [Column<Self>] { [] }

  static var presentation: Presentation<Self> { Presentation() }
}

/// What was measured of one contender.
protocol ContenderRecord: Record {
  var subject: Subject { get }
  /// Before and after the rounds that the record is of.
  var machine: MachineClass { get }
}

/// All types of records, in the order in which a page shows them.
let recordTypes: [any Record.Type] = [
  Conditions.self, RowRecord.self, PathRecord.self, AllocationRecord.self, MemoryRecord.self,
  LatencyRecord.self, ScaleRecord.self, FairnessRecord.self, ChurnRecord.self, ReplayRecord.self,
  HeatRecord.self, ServerRecord.self, TargetRecord.self, KeyRecord.self, FlightRecord.self,
  TurnRecord.self, LeaseRecord.self, LeaseRenewalRecord.self, LeaseProcessesRecord.self,
  FloorRecord.self,
  NoteRecord.self,
]

/// A record with its kind, as one line of JSON has it.
struct RecordLine: Codable {
  let record: any Record

  private enum CodingKeys: CodingKey {
    case kind
  }

  init(_ record: any Record) { self.record = record }

  var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let kind = try container.decode(String.self, forKey: .kind)
    guard let type = recordTypes.first(where: { $0.kind == kind }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: container, debugDescription: "\"\(kind)\" is no kind of record")
    }
    record = try type.init(from: decoder)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(type(of: record).kind, forKey: .kind)
    try record.encode(to: encoder)
  }
}
