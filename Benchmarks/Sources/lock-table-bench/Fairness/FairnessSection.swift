import BenchReport

/// Who gets the key, and how long the unluckiest waited.
struct FairnessSection {
  let rows: [FairnessRecord]

  var section: Section? {
    guard !rows.isEmpty else { return nil }
    return Section(
      heading: "Who gets the key",
      reading: """
        All threads want one key all the time. The first chart shows what the thread with the least had for \
        each acquisition of the thread with the most: at 100 % they had the same, near 0 % one has starved. \
        The second shows the longest that any thread waited. Strict order costs throughput, which the table has.
        """,
      exhibits: rows.groups(by: \.threads).flatMap { threads, rows in
        [shares(threads, rows), waits(threads, rows)]
      })
  }

  private func shares(_ threads: Int, _ rows: [FairnessRecord]) -> Exhibit {
    let axis = Axis("Least share ÷ greatest share", format: .share, better: .more)
    return exhibit("\(threads) threads on one key: shares", rows, axis, \.evenness) { row in
      let least = ValueFormat.share.text(row.shares.min() ?? .nan)
      let most = ValueFormat.share.text(row.shares.max() ?? .nan)
      return "\(least) – \(most)"
    }
  }

  private func waits(_ threads: Int, _ rows: [FairnessRecord]) -> Exhibit {
    let axis = Axis(
      "Longest wait", scale: .log10, format: .nanoseconds, better: .less)
    return exhibit("\(threads) threads on one key: waits", rows, axis, \.longestWait) { row in
      "\(row.longestWait.cell()), p99 \(row.p99.time)"
    }
  }

  private func exhibit(
    _ title: String, _ rows: [FairnessRecord], _ axis: Axis,
    _ figure: KeyPath<FairnessRecord, Spread>, cell: (FairnessRecord) -> String
  ) -> Exhibit {
    let holds = rows.groups(by: \.holdNanoseconds)
    var pivot = Pivot()
    for row in rows {
      pivot.set(row.subject, row.hold, cell(row))
    }
    for row in rows where row.holdNanoseconds == holds.first?.key {
      pivot.set(
        row.subject, "acquired/s, \(row.hold)", ValueFormat.count.text(row.operationsPerSecond))
    }
    let groups = holds.map { _, rows in
      RowGroup(
        rows.first?.hold ?? "",
        rows.filter { !$0.subject.fails }.map { row in
          let value = row[keyPath: figure]
          return ChartRow(
            row.subject.label, row.subject.standing, value.median, spread: value.range)
        })
    }
    return Exhibit(
      title: title,
      chart: .rows(
        RowChart(description: "\(axis.label): \(title)", axis: axis, groups: groups)),
      table: pivot.table)
  }
}

extension FairnessRecord {
  fileprivate var hold: String {
    holdNanoseconds == 0
      ? "not held" : "held \(ValueFormat.nanoseconds.tick(Double(holdNanoseconds)))"
  }
}
