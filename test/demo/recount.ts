// Counts the events of log text by expressions of its own, independent of the generator and of the parser.
const forms: readonly [string, RegExp][] = [
  ['denial', /DENYEVT.*? event=(\d+) d1=\S+ d2=[^\s\]]+\]/g],
  ['alarm', /MTCEVT ALM type=(\d+) lname=\S+ pname=\S+ cbusy=\S+ filt=\d\]/g],
  ['error', /MTCEVT ERR type=(\d+) lname=\S+ pn1=\S+ pn2=\S+ aux=\d+\]/g],
  ['proc_err', /proc_err: pro=(\d+),err=\d+,seq=\d+,da1=\w+,da2=\w+\]/g],
  ['ipevt', /IPEVT (\w+) board=PROCR .*reason=\w+\]/g],
];

/** Number of events by `kind key`. */
export function recount(text: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [kind, form] of forms) {
    for (const found of text.matchAll(form)) {
      const name = `${kind} ${found[1]}`;
      counts[name] = (counts[name] ?? 0) + 1;
    }
  }
  return counts;
}
