// What ThreadSanitizer says of a program whose data nothing but a lock table protects: nothing, of
// `clean`; and of each of the others, that it races on the address that the program prints.

@main
struct UserRaces {
  static func main() async {
    let mode = CommandLine.arguments.dropFirst().first ?? ""
    if mode == "clean" {
      await clean()
    } else if let race = races[mode] {
      let cell = Cell()
      print("racing on \(cell.address)")
      await race(cell)
    } else {
      print((["clean"] + races.keys.sorted()).joined(separator: "\n"))
    }
  }
}
