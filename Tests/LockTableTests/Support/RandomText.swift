import Foundation

/// Texts in which what matters for composition is frequent.
enum RandomText {
  static func next(_ dice: inout Dice) -> String {
    let bits = dice.next()
    let length = bits & 7 == 0 ? Int(bits >> 8 & 63) : Int(bits >> 8 & 15) + 1
    // So many of 64 scalars are no ordinary ones.
    let share = [0, 2, 8, 40][Int(bits >> 3 & 3)]
    let areMarks = bits >> 5 & 1 == 0
    var scalars = String.UnicodeScalarView()
    for _ in 0..<length {
      let roll = dice.next()
      let choice = Int(roll >> 8)
      if roll & 63 >= share {
        scalars.append(ordinary[choice % ordinary.count])
      } else if areMarks {
        scalars.append(marks[choice % marks.count])
      } else if roll & 0x40 == 0 {
        scalars.append(special[choice % special.count])
      } else {
        scalars.append(Unicode.Scalar(UInt32(choice % 0x11_0000)) ?? "x")
      }
    }
    return String(scalars)
  }

  /// Two texts, about half of them equal and spelled differently.
  static func nextPair(_ dice: inout Dice) -> (String, String) {
    var left = String.UnicodeScalarView()
    var right = String.UnicodeScalarView()
    let bits = dice.next()
    for _ in 0..<Int(bits >> 8 & 7) + 1 {
      let roll = dice.next()
      let choice = Int(roll >> 8)
      if roll & 3 == 0 {
        let scalar = roll & 4 == 0 ? marks[choice % marks.count] : ordinary[choice % ordinary.count]
        left.append(scalar)
        right.append(scalar)
      } else {
        let spellings =
          roll & 4 == 0 ? decompositions[choice % decompositions.count] : few[choice % few.count]
        left.append(contentsOf: roll & 8 == 0 ? spellings.0 : spellings.1)
        right.append(contentsOf: roll & 16 == 0 ? spellings.0 : spellings.1)
      }
    }
    if bits & 3 == 0 {
      right.append(special[Int(bits >> 16) % special.count])
    } else if bits & 3 == 1, right.count > 1 {
      let index = right.index(right.startIndex, offsetBy: Int(bits >> 16) % (right.count - 1))
      let next = right.index(after: index)
      right.replaceSubrange(index...next, with: [right[next], right[index]])
    }
    return (String(left), String(right))
  }

  /// Of each way through the check.
  private static let ordinary = Array(
    "aK;`q-7 éñüßøœşğжяыЖЯΩαω北京東丸のカー한글각서울אבגدمحबनเก𠮷👨🎉❤ạễ\u{200d}\u{fe0f}".unicodeScalars)

  /// All that combines.
  private static let marks = scalars.filter {
    $0.properties.canonicalCombiningClass != .notReordered
  }

  /// What combines, composes or decomposes, and some of what is unassigned.
  private static let special =
    marks + decompositions.prefix(2000).flatMap { $0.0 } + few.flatMap { $0.0 + $0.1 }
    + scalars.filter { $0.properties.generalCategory == .unassigned }.prefix(500)

  private static let scalars = (UInt32(0x80)..<0x3_0000).compactMap(Unicode.Scalar.init)

  private typealias Spellings = ([Unicode.Scalar], [Unicode.Scalar])

  /// Each scalar that decomposes, as one and as several. Those of Hangul come last.
  private static let decompositions: [Spellings] =
    scalars.map { scalar in
      ([scalar], Array(String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars))
    }
    .filter { $0.0 != $0.1 }
    .sorted { !isHangul($0.0[0]) && isHangul($1.0[0]) }

  private static func isHangul(_ scalar: Unicode.Scalar) -> Bool {
    (0xac00...0xd7a3).contains(scalar.value)
  }

  private static let few: [Spellings] = [
    ("\u{c5}", "\u{212b}"), ("\u{1e69}", "s\u{307}\u{323}"), ("\u{1e0b}\u{323}", "\u{1e0d}\u{307}"),
    ("\u{ac01}", "\u{ac00}\u{11a8}"), ("q\u{323}\u{307}", "q\u{307}\u{323}"),
    ("\u{5b0}\u{5bc}", "\u{5bc}\u{5b0}"), ("\u{e01}\u{e38}\u{e48}", "\u{e01}\u{e48}\u{e38}"),
    ("\u{651}\u{64e}", "\u{64e}\u{651}"), ("\u{958}", "\u{915}\u{93c}"),
  ].map { (Array($0.0.unicodeScalars), Array($0.1.unicodeScalars)) }
}
