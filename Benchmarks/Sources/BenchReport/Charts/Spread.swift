/// Moves labels apart as little as possible, so that none covers another.
///
/// - Returns: A position for each of the wishes, in the order of the wishes; neighbours are at least
///   `gap` apart. They stay inside the bounds if all of them fit.
func spread(_ wishes: [Double], gap: Double, within bounds: ClosedRange<Double>) -> [Double] {
  typealias Block = (members: [Int], start: Double)
  func block(_ members: [Int]) -> Block {
    // Where its members are best off together, on average.
    let wish = members.enumerated().map { wishes[$1] - Double($0) * gap }.reduce(0, +)
    let last = max(bounds.lowerBound, bounds.upperBound - Double(members.count - 1) * gap)
    return (members, min(max(wish / Double(members.count), bounds.lowerBound), last))
  }
  var blocks: [Block] = []
  for index in wishes.indices.sorted(by: { wishes[$0] < wishes[$1] }) {
    var next = block([index])
    while let previous = blocks.last,
      previous.start + Double(previous.members.count) * gap > next.start
    {
      blocks.removeLast()
      next = block(previous.members + next.members)
    }
    blocks.append(next)
  }
  var result = wishes
  for block in blocks {
    for (offset, index) in block.members.enumerated() {
      result[index] = block.start + Double(offset) * gap
    }
  }
  return result
}
