// Counts the events of log text by expressions of its own, independent of the generator and of the parser.
const forms: readonly [string, RegExp][] = [
  ['denial', /DENYEVT.*? event=(\d+) d1=\S+ d2=[^\s\]]+\]/g],
  ['alarm', /MTCEVT ALM type=(\d+) lname=\S+ pname=\S+ cbusy=\S+ filt=\d\]/g],
  ['error', /MTCEVT ERR type=(\d+) lname=\S+ pn1=\S+ pn2=\S+ aux=\d+\]/g],
  ['proc_err', /proc_err: pro=(\d+),err=\d+,seq=\d+,da1=\w+,da2=\w+\]/g],
  ['ipevt', /IPEVT (\w+) board=PROCR .*reason=\w+\]/g],
];

/** Number of events by `kind key`, in logs and decoded traces alike. */
export function recount(text: string): Record<string, number> {
  const counts: Record<string, number> = {};
  const count = (name: string): void => void (counts[name] = (counts[name] ?? 0) + 1);
  for (const message of sipMessages(text)) for (const name of namesOf(message)) count(name);
  for (const [, link, event] of text.matchAll(/Link number: (\d+)\n.*\n {6}SPECIFIC EVENT: 45 (\w+)\n/g)) {
    count(`asai ${link}/${event}`);
  }
  for (const [kind, form] of forms) {
    for (const found of text.matchAll(form)) {
      const name = `${kind} ${found[1]}`;
      counts[name] = (counts[name] ?? 0) + 1;
    }
  }
  return counts;
}

interface SipMessage {
  readonly direction: string;
  readonly remote: string;
  readonly text: string;
}

/** Messages of traces, put together by process; throws where the pieces do not fit. */
export function sipMessages(text: string): readonly SipMessage[] {
  const open = new Map<string, { readonly size: number; hex: string }>();
  const found: SipMessage[] = [];
  for (const [, process = '', size = '', hex = ''] of text.matchAll(
    /^\d{8}:\d{9}:\d+:(\w+\(\d+\)):MED:\[MST {2}(\d+|\+{4}) {2}([0-9a-f ]+)\]$/gm,
  )) {
    const before = open.get(process);
    if ((size === '++++') !== (before !== undefined)) throw new Error(`${process}: a piece without its record`);
    const record = before ?? { size: Number(size), hex: '' };
    record.hex += hex.replaceAll(' ', '');
    open.set(process, record);
    if (record.hex.length < 2 * record.size) continue;
    if (record.hex.length > 2 * record.size) throw new Error(`${process}: more than its size`);
    open.delete(process);
    const bytes = Buffer.from(record.hex, 'hex');
    const isIn = bytes[0] === 0x8a;
    const remote = [...bytes.subarray(isIn ? 2 : 9, isIn ? 6 : 13)].join('.');
    found.push({ direction: isIn ? 'IN' : 'OUT', remote, text: bytes.toString('latin1', 17) });
  }
  if (open.size > 0) throw new Error('a record without its end');
  return found;
}

/** What a message counts as: the first INVITE of a call has the number 1, and one within it the number 2. */
function namesOf({ direction, remote, text }: SipMessage): readonly string[] {
  const [start = ''] = text.split('\r\n');
  const [, sequence = '', method = ''] = /^CSeq: (\d+) (\w+)\r$/m.exec(text) ?? [];
  const status = /^SIP\/2\.0 (\d{3}) /.exec(start)?.[1];
  const isWithin = /^To: .*;tag=/m.test(text);
  const type = status ?? (method === 'INVITE' && isWithin ? 'ReINVITE' : method);
  const asks = (way: string): string => (way === 'IN' ? 'OUT' : 'IN');
  const call = status === undefined ? direction : asks(direction);
  const outcomes =
    method !== 'INVITE'
      ? []
      : status === undefined
        ? [isWithin ? 'reinvites' : 'attempts']
        : sequence !== '1'
          ? []
          : status === '180'
            ? ['progressed']
            : status === '200'
              ? ['answered']
              : status === '487'
                ? ['cancelled']
                : [...(status >= '400' ? ['failed'] : []), ...(status >= '500' ? ['server_failed'] : [])];
  return [`sip ${direction}/${remote}/${type}`, ...outcomes.map((name) => `call ${call}/${remote}/${name}`)];
}
