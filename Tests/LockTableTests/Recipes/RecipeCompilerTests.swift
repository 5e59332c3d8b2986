import Foundation
import Testing

// Modules whose declarations are the main actor's by default, and the article.

@Suite(.watched) struct RecipeCompilerTests {
  private static let ofTheMainActor = Compiler.Mode(options: ["-default-isolation", "MainActor"])

  private static let recipe = """
    import LockTable

    nonisolated enum Part: Hashable {
      case all
      case product(Int)
    }

    nonisolated struct ProductID: RawRepresentable, LockKey { var rawValue: Int64 }

    nonisolated enum Locks {
      static let parts = LockTable<Part>()
      static let products = LockTable<ProductID>()
    }

    final class Shelf {
      var shown = 0

      func show(_ product: ProductID) async throws {
        try await Locks.products.withLock(product) { shown += 1 }  // on the main actor
      }

      @concurrent func count() async throws -> Int {
        try await Locks.parts.withLock(.all) { 1 }  // in the pool
      }
    }

    """

  @Test func aModuleOfTheMainActorLocks() async throws {
    let program = """
      @main struct Program {
        static func main() async throws {
          let shelf = Shelf()
          try await shelf.show(ProductID(rawValue: 7))
          print(shelf.shown, try await shelf.count(), Locks.parts.isEmpty)
        }
      }
      """
    let output = try await Compiler().run(Self.recipe + program, Self.ofTheMainActor)
    #expect(output == "1 1 true\n")
  }

  @Test func aModuleWhoseFunctionsInheritTheCallersActorLocks() async throws {
    var mode = Self.ofTheMainActor
    mode.options += ["-enable-upcoming-feature", "NonisolatedNonsendingByDefault"]
    try await Compiler().check(Self.recipe, .ownership, mode)
  }

  @Test func whatAModuleOfTheMainActorHasToMark() async throws {
    try await Compiler().check(
      """
      import LockTable

      enum Part: Hashable { case all }
      enum Sent: Hashable, Sendable { case all }
      struct ProductID: RawRepresentable, LockKey { var rawValue: Int64 }

      let parts = LockTable<Part>()  // error: conformance of 'Part' to 'Hashable' cannot satisfy
      let sent = LockTable<Sent>()  // error: conformance of 'Sent' to 'Hashable' cannot satisfy
      let products = LockTable<ProductID>()
      struct Shop { let locks = LockTable<String>() }

      nonisolated func onAThread() {
        products.withLock(ProductID(rawValue: 1)) {}  // error: main actor-isolated let 'products'
      }
      nonisolated func inATask(_ shop: Shop) async throws {
        try await products.withLock(ProductID(rawValue: 1)) {}
        try await shop.locks.withLock("a") {}
      }
      func blocksTheMainThread() {
        products.withLock(ProductID(rawValue: 1)) {}
      }
      """, .types, Self.ofTheMainActor)
  }

  /// But for the indentation. So what the tests run is what the article shows.
  @Test func theArticleShowsWhatIsTested() throws {
    func unindented(_ text: String) -> String {
      text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        .joined(separator: "\n")
    }
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let tested = try ["Recipes.swift", "RecipeCompilerTests.swift"].map {
      unindented(try String(contentsOf: folder.appending(path: $0), encoding: .utf8))
    }
    let package = (0..<3).reduce(folder) { url, _ in url.deletingLastPathComponent() }
    let article = try String(
      contentsOf: package.appending(path: "Sources/LockTable/LockTable.docc/Recipes.md"),
      encoding: .utf8)
    let blocks = article.matches(of: /```swift\n(.*?)```/.dotMatchesNewlines())
    #expect(blocks.count >= 9)
    for block in blocks {
      let code = unindented(String(block.1))
      #expect(tested.contains { $0.contains(code) }, "not tested: \(code)")
    }
  }
}
