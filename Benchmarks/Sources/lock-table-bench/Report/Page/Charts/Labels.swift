/// Moves labels so that none covers another: down where there is room, and up from the end.
///
/// - Returns: A position for each of the wishes, in the order of the wishes; neighbours are at least
///   `gap` apart, beyond the lower bound if there is no other way.
func spread(_ wishes: [Double], gap: Double, within bounds: ClosedRange<Double>) -> [Double] {
  var result = wishes
  let order = wishes.indices.sorted { wishes[$0] < wishes[$1] }
  var least = bounds.lowerBound
  for index in order {
    result[index] = max(wishes[index], least)
    least = result[index] + gap
  }
  var most = bounds.upperBound
  for index in order.reversed() {
    result[index] = min(result[index], most)
    most = result[index] - gap
  }
  return result
}
