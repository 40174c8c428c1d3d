// Traced SIP messages as CM writes them: hex in fragments (ecs 4). Well-formed, but of no story: they are the bulk
// between the events.
import { between, pick } from './random.ts';
import type { Random } from './random.ts';

/** Bytes of a record on one line. */
const fragmentBytes = 256;

/** The texts inside the brackets of one record's lines, first line first. */
export type MstRecord = readonly string[];

/** `count` records to choose from; making each one anew would cost more than everything else. */
export function mstRecords(random: Random, count: number): MstRecord[] {
  return Array.from({ length: count }, () => mstRecord(random));
}

interface Trunk {
  readonly ip: readonly [number, number, number, number];
  readonly port: number;
  /** 1 is TCP, above is TLS. */
  readonly transport: number;
}

const trunks: readonly [Trunk, ...Trunk[]] = [
  { ip: [10, 2, 2, 2], port: 5061, transport: 2 },
  { ip: [10, 2, 2, 3], port: 5060, transport: 1 },
  { ip: [172, 16, 4, 4], port: 5062, transport: 2 },
];

function mstRecord(random: Random): MstRecord {
  const isIn = random() < 0.5;
  const { ip, port, transport } = pick(random, trunks);
  const near = address([10, 1, 1, 1], port);
  const far = address(ip, port);
  const text = sipMessage(random, ip.join('.'));
  const bytes = Buffer.concat([
    Buffer.from([isIn ? 0x8a : 0x8b, 0]),
    isIn ? far : near,
    Buffer.from([0]),
    isIn ? near : far,
    Buffer.from([0, transport]),
    Buffer.from(text, 'latin1'),
  ]);
  const lines: string[] = [];
  for (let start = 0; start < bytes.length; start += fragmentBytes) {
    const hex = bytes
      .subarray(start, start + fragmentBytes)
      .toString('hex')
      .replace(/..(?!$)/g, '$& ');
    lines.push(`MST  ${start === 0 ? bytes.length : '++++'}  ${hex}`);
  }
  return lines;
}

function address(ip: readonly [number, number, number, number], port: number): Buffer {
  return Buffer.from([...ip, port >> 8, port & 0xff]);
}

function sipMessage(random: Random, peer: string): string {
  const method = pick(random, ['INVITE', 'OPTIONS', 'BYE', 'ACK'] as const, 1.4);
  const status = pick(random, ['', '', '100 Trying', '180 Ringing', '200 OK', '486 Busy Here'] as const);
  const number = between(random, 1_000_000, 9_999_999);
  const branch = Math.floor(random() * 2 ** 32).toString(16);
  const start = status === '' || method === 'ACK' ? `${method} sip:${number}@10.1.1.1 SIP/2.0` : `SIP/2.0 ${status}`;
  const headers = [
    start,
    `Via: SIP/2.0/TLS ${peer}:5061;branch=z9hG4bK${branch}`,
    `From: <sip:${number}@${peer}>;tag=${branch}`,
    `To: <sip:${between(random, 1000, 9999)}@10.1.1.1>${status === '' ? '' : `;tag=${number.toString(16)}`}`,
    `Call-ID: ${branch}${number}@${peer}`,
    `CSeq: ${between(random, 1, 40)} ${method}`,
    'User-Agent: Demo/1.0',
    'Allow: INVITE,ACK,BYE,CANCEL,OPTIONS,UPDATE,REFER,NOTIFY,INFO,PRACK',
    'Content-Length: 0',
  ];
  return `${headers.join('\r\n')}\r\n\r\n`;
}
