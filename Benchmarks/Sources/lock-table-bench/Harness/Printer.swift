import Foundation

/// Where the records of a table go.
protocol Printer {
  func print(_ records: [Record]) throws
}

/// For programs: one JSON object a line.
struct JSONPrinter: Printer {
  private let encoder: JSONEncoder

  init() {
    encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  func print(_ records: [Record]) throws {
    for record in records {
      Swift.print(try line(record))
    }
    // Into a pipe, whole tables: whoever reads along sees them as they are finished.
    flushStandardOutput()
  }

  func line(_ record: Record) throws -> String {
    String(decoding: try encoder.encode(record), as: UTF8.self)
  }
}

/// For readers: a table for each kind of records, in the order of the kinds.
struct TextPrinter: Printer {
  func print(_ records: [Record]) {
    let kinds = records.map { type(of: $0.shape).kind }
    var done: Set<String> = []
    for kind in kinds where done.insert(kind).inserted {
      let text = Self.text(zip(kinds, records).filter { $0.0 == kind }.map(\.1.shape))
      if !text.isEmpty {
        Swift.print(text)
      }
    }
    flushStandardOutput()
  }

  /// Of records of one kind.
  private static func text(_ shapes: [any RecordShape]) -> String {
    switch shapes {
    case let shapes as [Conditions]: shapes.map(\.text).joined()
    case let shapes as [FloorRecord]: shapes.text
    case let shapes as [LatencyRecord]: shapes.text
    case let shapes as [ScaleRecord]: shapes.text
    case let shapes as [ChurnRecord]: shapes.text
    case let shapes as [ReplayRecord]: shapes.text
    case let shapes as [HeatRecord]: shapes.text
    case let shapes as [TargetRecord]: shapes.text
    case let shapes as [FairnessRecord]: shapes.text
    case let shapes as [RowRecord]: shapes.text
    case let shapes as [PathRecord]: shapes.text
    case let shapes as [AllocationRecord]: shapes.text
    case let shapes as [MemoryRecord]: shapes.text
    case let shapes as [ServerRecord]: shapes.text
    case let shapes as [NoteRecord]: shapes.text
    default: ""
    }
  }
}
