// MST lines made from SIP messages, as Communication Manager writes them (ecs 4).

/** Both ends of a message, as bytes 2 to 14 of the record say them. */
export interface Ends {
  readonly from: string;
  readonly fromPort: number;
  readonly to: string;
  readonly toPort: number;
}

const received: Ends = { from: '10.2.2.2', fromPort: 5061, to: '10.1.1.1', toPort: 5061 };
const sent: Ends = { from: '10.1.1.1', fromPort: 5061, to: '10.2.2.2', toPort: 5061 };

/** The bytes of a SIP record. */
export function sipRecord(
  direction: 'IN' | 'OUT',
  message: string,
  {
    ends = direction === 'IN' ? received : sent,
    transport = 2,
  }: { readonly ends?: Ends; readonly transport?: number } = {},
): Buffer {
  const side = (address: string, port: number): number[] => [...address.split('.').map(Number), port >> 8, port & 255];
  const head = [
    direction === 'IN' ? 0x8a : 0x8b,
    0,
    ...side(ends.from, ends.fromPort),
    0,
    ...side(ends.to, ends.toPort),
    0,
    transport,
  ];
  return Buffer.concat([Buffer.from(head), Buffer.from(message, 'latin1')]);
}

/** A request with the headers that matter; lines end with CR LF. */
export function request(method: string, more: readonly string[] = [], cseq = `CSeq: 1 ${method}`): string {
  return [`${method} sip:1@10.1.1.1 SIP/2.0`, 'To: <sip:1@10.1.1.1>', 'Call-ID: a@b', cseq, ...more, '', ''].join(
    '\r\n',
  );
}

/** A response. */
export function response(status: number, method: string): string {
  return [`SIP/2.0 ${status} Text`, 'To: <sip:1@10.1.1.1>;tag=1', 'Call-ID: a@b', `CSeq: 1 ${method}`, '', ''].join(
    '\r\n',
  );
}

/** The lines of a record, each with its line feed, `perLine` bytes in each. */
export function mstLines(
  record: Buffer,
  { stamp = '20170427:084000123', process = 'MAP(12104)', perLine = 256, size = record.length } = {},
): string[] {
  const lines: string[] = [];
  for (let from = 0; from < record.length; from += perLine) {
    const pairs = [...record.subarray(from, from + perLine)]
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join(' ');
    const what = from === 0 ? String(size) : '++++';
    lines.push(`${stamp}:1281783:${process}:MED:[MST  ${what}  ${pairs}]\n`);
  }
  return lines;
}
