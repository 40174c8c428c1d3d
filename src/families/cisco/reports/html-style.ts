// The style of the printable page: light and dark on a screen, light on paper (A4), one column on a phone.

const light = `
  --paper: #ffffff; --raised: #f6f8fa; --ink: #1c2128; --quiet: #59636e; --line: #d5dbe1;
  --up: #57b184; --backup: #e2a012; --down: #c0272d; --unknown: #a6adb5; --hole: #4a545f;
  --bad: #b3201f; --fair: #8a5a00; --good: #1a7547;`;
const dark = `
  --paper: #14181d; --raised: #1d232a; --ink: #e3e8ee; --quiet: #9aa5b1; --line: #323b45;
  --up: #2f8f61; --backup: #d99a1c; --down: #ef5350; --unknown: #59636e; --hole: #c3ccd6;
  --bad: #ff8a80; --fair: #ffca6b; --good: #7fd6a5;`;

/** The whole style sheet. */
export const pageStyle = `
:root { color-scheme: light dark;${light} }
@media screen and (prefers-color-scheme: dark) { :root {${dark} } }
* { box-sizing: border-box; }
body { font: .875rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: var(--ink);
  background: var(--paper); margin: 0 auto; padding: 2rem 1.5rem 3rem; max-width: 72rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0; letter-spacing: -.01em; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .6rem; break-after: avoid; }
p { margin: .3rem 0; max-width: 60rem; }
.quiet { color: var(--quiet); }
.verdict { font-size: 1.1rem; margin: 1rem 0 1.25rem; }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: .75rem; }
.tile { background: var(--raised); border: 1px solid var(--line); border-radius: .6rem; padding: .7rem .9rem; break-inside: avoid; }
.tile b { display: block; font-size: 1.45rem; line-height: 1.25; font-variant-numeric: tabular-nums; font-weight: 650; }
.tile span { color: var(--quiet); font-size: .87rem; }
.bad { color: var(--bad); } .fair { color: var(--fair); } .good { color: var(--good); }
.key { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; margin: 0 0 .6rem; color: var(--quiet); font-size: .9rem; }
.key i { display: inline-block; width: .85rem; height: .85rem; border-radius: .15rem; margin-right: .35rem; vertical-align: -.1rem; }
.key i.thin { height: .25rem; border-radius: 0; vertical-align: .15rem; background: var(--hole); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { font-weight: 600; color: var(--quiet); font-size: .85rem; vertical-align: bottom; }
th, td { text-align: right; padding: .32rem .5rem; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child, .text { text-align: left; }
td:first-child { font-weight: 600; overflow-wrap: break-word; min-width: 7rem; }
td.plain:first-child { font-weight: 400; white-space: nowrap; }
td small { display: block; font-weight: 400; color: var(--quiet); font-size: .8rem; }
tr { break-inside: avoid; }
.sites td.bar, .sites th.bar { width: 46%; padding-left: .25rem; padding-right: .25rem; }
.sites th.bar { padding-bottom: 0; }
svg { display: block; width: 100%; height: 1.3rem; border-radius: .2rem; background: var(--raised); }
rect.up { fill: var(--up); } rect.backup { fill: var(--backup); } rect.down { fill: var(--down); }
rect.unknown { fill: var(--unknown); } rect.hole { fill: var(--hole); }
.axis { position: relative; height: 1.3rem; font-weight: 400; font-size: .75rem; overflow: hidden; }
.axis span { position: absolute; top: 0; padding-left: .25rem; border-left: 1px solid var(--line); white-space: nowrap; height: 100%; }
ul { margin: .3rem 0; padding-left: 1.2rem; max-width: 60rem; } li { margin: .2rem 0; }
details { border-bottom: 1px solid var(--line); padding: .3rem 0; }
summary { cursor: pointer; font-weight: 600; }
summary span { font-weight: 400; color: var(--quiet); }
details td { vertical-align: top; font-size: .9rem; }
details td.mark { white-space: nowrap; }
details tr:last-child td { border-bottom: 0; }
.scroll { overflow-x: auto; }
@media screen and (max-width: 44rem) {
  body { padding: 1.2rem .9rem 2rem; }
  .tiles { grid-template-columns: repeat(2, 1fr); }
  .tile b { font-size: 1.2rem; }
  .sites thead tr { display: flex; } .sites thead th { display: none; }
  .sites thead th.bar { display: block; width: 100%; border: 0; }
  .sites tr { display: grid; padding: .5rem 0; border-bottom: 1px solid var(--line); }
  .sites td { border: 0; padding: .1rem .25rem; }
  .sites td.bar { grid-column: 1 / -1; width: 100%; order: 3; padding: .25rem; }
  .sites td.more { order: 4; font-size: .85rem; text-align: left; }
  .sites td.more::before { content: attr(data-name) ' '; color: var(--quiet); }
  .sites td.more small { display: inline; margin-left: .3rem; }
  .sites tr { grid-template-columns: 1fr 1fr; } .sites td:nth-child(2) { font-weight: 650; }
  .axis span:nth-child(even) { display: none; }
  .events tr { display: grid; grid-template-columns: 1fr auto; padding: .3rem 0; border-bottom: 1px solid var(--line); }
  .events td { border: 0; padding: 0 .25rem; } .events td:last-child { grid-column: 1 / -1; }
  td.plain:first-child { white-space: normal; }
}
@page { size: A4; margin: 14mm 12mm; }
@media print {
  :root { font-size: 11.5px; } body { padding: 0; max-width: none; }
  .tiles { gap: .5rem; } .sites td.bar, .sites th.bar { width: 42%; } .axis span:nth-child(even) { display: none; }
  h2 { margin-top: 1.4rem; } details:not([open]) { display: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
