/// How a page looks.
///
/// Colours are pairs, for light and for dark screens; paper is always light. The peers'
/// colours and the first of ours were searched for by the least difference that any two of them have
/// in simulations of the three kinds of colour blindness; all have a contrast of at least 3 to their
/// background.
enum Stylesheet {
  static let text: Markup = "\(colors)\n\(page)\n\(tables)\n\(charts)\n\(small)\n\(paper)"

  private static let colors: Markup = """
    :root{color-scheme:light dark;
    --paper:light-dark(#fff,#14171b);--panel:light-dark(#f5f6f8,#1d2126);
    --ink:light-dark(#16191d,#e9ecef);--soft:light-dark(#565d66,#a5adb6);
    --rule:light-dark(#dfe2e6,#2e343b);--base:light-dark(#8b929b,#707983);
    --bad:light-dark(#b3261e,#ff9d94);--bad-back:light-dark(#fdeceb,#3a1d1b);
    --ours-back:light-dark(#0067b115,#5cbaff24);--shade:light-dark(#0005,#fff5);
    --link:light-dark(#0067b1,#5cbaff)}
    .ours-0{--c:light-dark(#0067b1,#5cbaff)} .ours-1{--c:light-dark(#2f8bd6,#2f92e0)}
    .ours-2{--c:light-dark(#003e77,#a9daff)}
    .peer-0{--c:light-dark(#e66a22,#f25424)} .peer-1{--c:light-dark(#2a4c36,#538062)}
    .peer-2{--c:light-dark(#73115e,#a66ca2)} .peer-3{--c:light-dark(#664a1a,#bfab69)}
    .peer-4{--c:light-dark(#9340ff,#8f5bea)} .peer-5{--c:light-dark(#667780,#a1b1b2)}
    .reference-0{--c:light-dark(#6b727b,#9aa3ad)} .reference-1{--c:light-dark(#8a9099,#7d8690)}
    .faint:not(:hover){--c:var(--base)}
    """

  private static let page: Markup = """
    *{box-sizing:border-box}
    body{margin:0;background:var(--paper);color:var(--ink);line-height:1.55;font-size:16px;
    font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
    main{max-width:1020px;margin:0 auto;padding:48px 40px 80px}
    h1{font-size:2.1rem;line-height:1.2;letter-spacing:-.015em;margin:0 0 16px;text-wrap:balance}
    h2{font-size:1.5rem;line-height:1.25;letter-spacing:-.01em;margin:0 0 8px}
    h3{font-size:1rem;margin:32px 0 8px}
    p{max-width:70ch;margin:0 0 12px}
    section{margin-top:72px;padding-top:28px;border-top:1px solid var(--rule)}
    .reading{color:var(--soft);margin-bottom:8px}
    nav{display:flex;flex-wrap:wrap;gap:4px 20px;margin-top:28px;font-size:.95rem}
    a{color:var(--link)}
    .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:12px;margin-top:28px}
    .tile{background:var(--panel);border-radius:8px;padding:16px 18px}
    .tile .figure{font-size:1.75rem;line-height:1.2;font-weight:650;letter-spacing:-.02em}
    .tile .label{font-weight:600;font-size:.92rem;line-height:1.4;margin:4px 0}
    .tile .beside,.tile .detail{font-size:.85rem;line-height:1.4;margin-top:4px}
    .tile .detail{color:var(--soft)}
    figure{margin:36px 0 0}
    figcaption{font-weight:650;font-size:1.05rem;margin-bottom:14px}
    .note{color:var(--soft);font-size:.875rem;margin:8px 0 0}
    dl{margin:0;display:grid;gap:6px} dl div{display:grid;grid-template-columns:13em 1fr;gap:16px}
    dt{color:var(--soft)}
    dd{margin:0;overflow-wrap:anywhere}
    pre{background:var(--panel);border-radius:8px;padding:14px 16px;margin:0;overflow-x:auto;
    font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
    summary{cursor:pointer}
    .raw{margin-top:32px} .raw summary{font-weight:650;margin-bottom:8px}
    .raw pre{max-height:30em;overflow:auto;font-size:11.5px}
    .fold{margin-top:12px}
    .fold summary{color:var(--link);font-size:.875rem;padding:4px 0;width:fit-content}
    """

  /// What is right of a table's border throws a shadow on it, which a cover that scrolls with the table
  /// hides at the end: the shadow says that there is more.
  private static let tables: Markup = """
    .table{overflow-x:auto;margin-top:16px;background:
    linear-gradient(to left,var(--paper) 50%,transparent) right/48px 100% no-repeat local,
    linear-gradient(to left,var(--shade),transparent) right/20px 100% no-repeat scroll}
    .fold .table{margin-top:6px}
    table{border-collapse:collapse;width:100%;font-size:.875rem;line-height:1.35;
    font-variant-numeric:tabular-nums}
    .few table{width:auto;min-width:min(100%,30em)}
    th,td{padding:5px 0 5px 14px;text-align:right;border-bottom:1px solid var(--rule)}
    td{white-space:nowrap}
    th:first-child{text-align:left;padding-left:8px}
    td:last-child,thead th:last-child{padding-right:8px}
    thead th{color:var(--soft);font-weight:500;font-size:.8125rem;vertical-align:bottom;
    border-bottom:1px solid var(--base)}
    tbody th{font-weight:400}
    .many{width:fit-content;min-width:100%;max-width:calc(100vw - 48px);margin-left:50%;
    transform:translateX(-50%)}
    .many table{font-size:.77rem} .many th,.many td{padding-left:8px}
    .spread{color:var(--soft);font-weight:400}
    .many .spread{display:block;font-size:.92em}
    tr.ours th,tr.ours td{font-weight:650} tr.ours td{background:var(--ours-back)}
    tr.ours th{background:linear-gradient(var(--ours-back) 0 0) var(--paper)}
    tr.reference th,tr.reference td{color:var(--soft)}
    tr.fails td{color:var(--soft);text-decoration:line-through}
    tr.fails th,tr.fails td{background:var(--bad-back)}
    .badge{display:block;color:var(--bad);font-weight:650;font-size:.8125rem}
    """

  /// Texts have a border of the paper's colour, which keeps lines behind them off.
  private static let charts: Markup = """
    .chart{display:block;width:100%;height:auto;overflow:visible}
    .narrow{display:none}
    svg text{font-size:13px;fill:var(--ink);font-variant-numeric:tabular-nums}
    svg .axis{font-weight:600}
    svg .tick,svg .hint{fill:var(--soft);font-weight:400}
    svg .value,svg .name,svg .row,svg .hint{paint-order:stroke;stroke:var(--paper);stroke-width:8px;
    stroke-linejoin:round}
    svg .value{font-weight:500}
    svg .name{fill:color-mix(in srgb,var(--c) 65%,var(--ink))}
    .strong .row,.strong .name,.strong span{font-weight:650}
    .faint .name,.faint span{fill:var(--soft);color:var(--soft)}
    .grid{stroke:var(--rule);stroke-width:1}
    .base{stroke:var(--base)}
    .reference-line{stroke:var(--ink);stroke-width:1.25;stroke-dasharray:4 3}
    .legend{list-style:none;margin:8px 0 0;padding:0;font-size:.875rem}
    .legend li{align-items:center;gap:10px;display:flex;margin:3px 0}
    .legend svg{width:36px;height:16px;flex:none}
    .stroke{fill:none;stroke:var(--c);stroke-width:1.75;stroke-linejoin:round;stroke-linecap:round}
    .strong>.stroke{stroke-width:3}
    .faint .stroke{stroke-width:1}
    .mark{fill:var(--c);stroke:var(--paper);stroke-width:1.25}
    .hollow{fill:var(--paper);stroke:var(--c);stroke-width:2}
    .band{fill:var(--c);opacity:.13}
    .faint .band{opacity:.05}
    .bar{fill:color-mix(in srgb,var(--c) 45%,var(--paper))}
    .strong .bar{fill:var(--c)}
    .whisker{fill:none;stroke:var(--c);stroke-width:1.5} .whisker.over{stroke:var(--ink)}
    .thread{stroke:var(--c);stroke-width:1;opacity:.55}
    .touch{fill:none;stroke:transparent;stroke-width:12;pointer-events:stroke}
    circle.touch{fill:transparent;stroke:none;pointer-events:all}
    .chart:has(.series:hover) .series:not(:hover){opacity:.3}
    """

  private static let small: Markup = """
    @media screen and (max-width:620px){
    main{padding:28px 16px 56px}
    h1{font-size:1.6rem}
    section{margin-top:48px}
    .chart.wide{display:none} .chart.narrow,.legend.narrow{display:block;max-width:460px}
    .tiles{grid-template-columns:1fr 1fr}
    .tile{padding:14px} .tile .figure{font-size:1.4rem}
    dl div{grid-template-columns:1fr;gap:0}
    tbody th,thead th:first-child{position:sticky;left:0;background:var(--paper);
    min-width:11em;max-width:11em;border-right:1px solid var(--rule)}
    thead th{white-space:nowrap}
    table{font-size:.8125rem} .many{max-width:100%}}
    """
  private static let paper: Markup = """
    @media print{:root{color-scheme:light}
    @page{margin:16mm 14mm} *{print-color-adjust:exact;-webkit-print-color-adjust:exact}
    body{font-size:10.5pt}
    main{max-width:none;padding:0}
    nav,.raw:not([open]),.fold summary{display:none}
    .fold::details-content{display:block;content-visibility:visible}
    section{break-before:page;margin-top:0;padding-top:0;border-top:0}
    h2,h3,figcaption,.reading{break-after:avoid}
    .chart,tr,.tile{break-inside:avoid}
    .tiles{grid-template-columns:repeat(auto-fit,minmax(40mm,1fr))}
    .tile{padding:10px 12px} .tile .figure{font-size:15pt}
    .chart.wide{width:90%}
    figure{margin-top:20px}
    .table{overflow:visible;margin-top:8px;background:none;max-width:100%} .table *{font-size:7.5pt}
    th,td{padding:2px 0 2px 10px}
    pre,.raw pre{max-height:none;white-space:pre-wrap;overflow-wrap:anywhere}
    a{color:inherit;text-decoration:none}}
    """
}
