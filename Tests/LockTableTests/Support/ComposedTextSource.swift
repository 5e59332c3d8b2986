import Foundation
import LockTable

/// What ComposedTextTables.swift is to say, out of what the standard library says of each scalar.
@available(macOS 26, *)
struct ComposedTextSource {
  typealias Version = (major: Int, minor: Int)

  /// The tables know no scalar of a newer version of Unicode.
  let version: Version
  private(set) var blocks: [UInt16] = []
  private(set) var simple: [UInt64] = []
  private(set) var marks: [UInt64] = []
  private(set) var simpleAbove: [ClosedRange<UInt32>] = []
  private(set) var classes: [UInt32] = []

  init(version: Version) {
    self.version = version
    addBlocks()
    addSimpleAbove()
    addClasses()
  }

  /// The version that the standard library has.
  static let newest: Version = {
    var newest: Version = (0, 0)
    for value in UInt32(0)...0x10_ffff {
      if let age = Unicode.Scalar(value)?.properties.age, (age.major, age.minor) > newest {
        newest = (age.major, age.minor)
      }
    }
    return newest
  }()

  enum Role: Equatable {
    case simple
    case mark(combiningClass: UInt8)
    case other
  }

  func role(of value: UInt32) -> Role {
    guard let scalar = Unicode.Scalar(value), Self.isAssigned(scalar, in: version)
    else { return .other }
    let text = String(scalar)
    var utf8 = text.utf8Span
    guard utf8.checkForNFC(quickCheck: true) else { return .other }
    let combiningClass = scalar.properties.canonicalCombiningClass.rawValue
    return combiningClass == 0 ? .simple : .mark(combiningClass: combiningClass)
  }

  static func isAssigned(_ scalar: Unicode.Scalar, in version: Version) -> Bool {
    guard let age = scalar.properties.age else { return false }
    return (age.major, age.minor) <= version && scalar.properties.generalCategory != .unassigned
  }

  private struct Block: Hashable {
    var simple: UInt64 = 0
    var marks: UInt64 = 0
  }

  /// Equal blocks are one. Those with marks come first, so that `marks` needs no others.
  private mutating func addBlocks() {
    let all = (UInt32(0)..<0x2_0000 / 64).map { number in
      (UInt32(0)..<64).reduce(into: Block()) { block, bit in
        switch role(of: number * 64 + bit) {
        case .simple: block.simple |= 1 << UInt64(bit)
        case .mark: block.marks |= 1 << UInt64(bit)
        case .other: break
        }
      }
    }
    var numbers: [Block: UInt16] = [:]
    for block in all.filter({ $0.marks != 0 }) + all.filter({ $0.marks == 0 })
    where numbers[block] == nil {
      numbers[block] = UInt16(simple.count)
      simple.append(block.simple)
      if block.marks != 0 {
        marks.append(block.marks)
      }
    }
    blocks = all.map { numbers[$0] ?? 0 }
  }

  private mutating func addSimpleAbove() {
    for value in UInt32(0x2_0000)...0x10_ffff where role(of: value) == .simple {
      if let last = simpleAbove.last, last.upperBound + 1 == value {
        simpleAbove[simpleAbove.count - 1] = last.lowerBound...value
      } else {
        simpleAbove.append(value...value)
      }
    }
  }

  private mutating func addClasses() {
    var previous: (value: UInt32, combiningClass: UInt8)?
    for value in UInt32(0)..<0x2_0000 {
      guard case .mark(let combiningClass) = role(of: value) else { continue }
      if previous?.combiningClass != combiningClass || previous?.value != value - 1 {
        classes.append(value << 8 | UInt32(combiningClass))
      }
      previous = (value, combiningClass)
    }
  }
}

@available(macOS 26, *)
extension ComposedTextSource {
  /// Where the tables are.
  static let file = URL(filePath: #filePath).appending(
    path: "../../../../Sources/LockTable/Core/ComposedTextTables.swift"
  ).standardized

  /// What is to be there.
  var text: String {
    """
    // Made by ComposedTextSource in the tests, out of what the standard library says of each scalar.
    // Tests/README.md says how to make it again.

    // swift-format-ignore-file

    /// What `isComposed(_:)` has to know of scalars.
    package enum ComposedTextTables {
      /// The version of Unicode. Scalars of a newer one count as unassigned.
      package static let version = (major: \(version.major), minor: \(version.minor))

      /// For each 64 scalars below U+20000, their place in `simple` and `marks`.
      package static let blocks: [UInt16] = [
    \(lines(blocks.map { "\($0)" }))
      ]

      /// Which of the 64 are simple, the first in the lowest bit.
      package static let simple: [UInt64] = [
    \(lines(simple.map(hexadecimal)))
      ]

      /// Which of the 64 are marks. Later blocks have none.
      package static let marks: [UInt64] = [
    \(lines(marks.map(hexadecimal)))
      ]

      /// The simple scalars from U+20000 on, where no marks are.
      package static let simpleAbove: [ClosedRange<UInt32>] = [
    \(lines(simpleAbove.map { "\(hexadecimal($0.lowerBound))...\(hexadecimal($0.upperBound))" }))
      ]

      /// The first mark of each run of one combining class, times 256, and the class.
      package static let classes: [UInt32] = [
    \(lines(classes.map(hexadecimal)))
      ]
    }

    """
  }

  private func hexadecimal(_ value: some BinaryInteger) -> String {
    "0x" + String(value, radix: 16)
  }

  private func lines(_ elements: [String]) -> String {
    var lines: [String] = []
    for element in elements {
      if let last = lines.last, last.utf8.count + element.utf8.count + 2 <= 100 {
        lines[lines.count - 1] = "\(last) \(element),"
      } else {
        lines.append("    \(element),")
      }
    }
    return lines.joined(separator: "\n")
  }
}
