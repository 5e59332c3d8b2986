/// One line on the terminal that says what is being measured; nothing in a pipe.
struct Progress {
  private let isShown = standardErrorIsTerminal

  func show(_ text: String) {
    if isShown { writeToStandardError("\r\u{1b}[K" + text) }
  }

  func clear() { show("") }
}
