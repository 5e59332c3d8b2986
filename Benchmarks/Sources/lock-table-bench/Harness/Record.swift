/// One line of `--json`, and all that a text table or a chart is made of.
///
/// Every experiment (see `Experiment`) hands over records, table by table. As JSON each is one object
/// whose `kind` says which of the shapes below it has; the fields of the shape stand beside `kind`.
/// All of them can be decoded again: `try JSONDecoder().decode(Record.self, from: line)`.
enum Record: Sendable {
  /// First in each run: the machine, and what was asked for.
  case conditions(Conditions)
  /// What the machine can do at all, one operation a record; see `FloorExperiment`.
  case floor(FloorRecord)
  /// A row of `compare`.
  case row(RowRecord)
  /// A single path of a task, of `compare`.
  case path(PathRecord)
  /// What the C library's allocator gave out in the single paths.
  case allocation(AllocationRecord)
  /// The bytes that a contender's keys take.
  case memory(MemoryRecord)
  /// A row of `latency`.
  case latency(LatencyRecord)
  /// A point of `scale`: one contender at one value of what is varied.
  case scale(ScaleRecord)
  /// A row of `churn`.
  case churn(ChurnRecord)
  /// A row of `fairness`.
  case fairness(FairnessRecord)
  /// A row of `replay`.
  case replay(ReplayRecord)
  /// A key of `replay`'s file.
  case heat(HeatRecord)
  /// A bound of `targets`, and whether it is kept.
  case target(TargetRecord)
  /// A row of `server`.
  case server(ServerRecord)
  /// What a row's name does not say: what the contender is, or does not do.
  case note(NoteRecord)
}

/// The shape of one kind of records.
protocol RecordShape: Codable, Sendable {
  static var kind: String { get }
}

extension Record {
  /// What all kinds have in common.
  var shape: any RecordShape {
    switch self {
    case .conditions(let shape): shape
    case .floor(let shape): shape
    case .row(let shape): shape
    case .path(let shape): shape
    case .allocation(let shape): shape
    case .memory(let shape): shape
    case .latency(let shape): shape
    case .scale(let shape): shape
    case .churn(let shape): shape
    case .fairness(let shape): shape
    case .replay(let shape): shape
    case .heat(let shape): shape
    case .target(let shape): shape
    case .server(let shape): shape
    case .note(let shape): shape
    }
  }
}

extension Record: Codable {
  private enum CodingKeys: CodingKey {
    case kind
  }

  init(from decoder: any Decoder) throws {
    let kinds = try decoder.container(keyedBy: CodingKeys.self)
    switch try kinds.decode(String.self, forKey: .kind) {
    case Conditions.kind: self = .conditions(try Conditions(from: decoder))
    case FloorRecord.kind: self = .floor(try FloorRecord(from: decoder))
    case RowRecord.kind: self = .row(try RowRecord(from: decoder))
    case PathRecord.kind: self = .path(try PathRecord(from: decoder))
    case AllocationRecord.kind: self = .allocation(try AllocationRecord(from: decoder))
    case MemoryRecord.kind: self = .memory(try MemoryRecord(from: decoder))
    case LatencyRecord.kind: self = .latency(try LatencyRecord(from: decoder))
    case ScaleRecord.kind: self = .scale(try ScaleRecord(from: decoder))
    case ChurnRecord.kind: self = .churn(try ChurnRecord(from: decoder))
    case FairnessRecord.kind: self = .fairness(try FairnessRecord(from: decoder))
    case ReplayRecord.kind: self = .replay(try ReplayRecord(from: decoder))
    case HeatRecord.kind: self = .heat(try HeatRecord(from: decoder))
    case TargetRecord.kind: self = .target(try TargetRecord(from: decoder))
    case ServerRecord.kind: self = .server(try ServerRecord(from: decoder))
    case NoteRecord.kind: self = .note(try NoteRecord(from: decoder))
    case let kind:
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: kinds, debugDescription: "\"\(kind)\" is no kind of record")
    }
  }

  func encode(to encoder: any Encoder) throws {
    let shape = shape
    var kinds = encoder.container(keyedBy: CodingKeys.self)
    try kinds.encode(type(of: shape).kind, forKey: .kind)
    try shape.encode(to: encoder)
  }
}
