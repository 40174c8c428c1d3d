// Traced SIP messages as CM writes them: hex in fragments (ecs 4). Those of the demo's calls come from sip-traffic.ts;
// for measurements of speed there are records of no story, the bulk of a log that is traced.
import { between, pick } from './random.ts';
import type { Random } from './random.ts';
import { nearIp } from './sip-traffic.ts';
import type { SipTrunk } from './sip-traffic.ts';

/** Bytes of a record on one line. */
const fragmentBytes = 256;

/** The texts inside the brackets of one record's lines, first line first. */
export type MstRecord = readonly string[];

/** `count` records to choose from; making each one anew would cost more than everything else. */
export function mstRecords(random: Random, count: number): MstRecord[] {
  return Array.from({ length: count }, () => mstRecord(random));
}

const trunks: readonly [SipTrunk, ...SipTrunk[]] = [
  { ip: '10.2.2.2', port: 5061, transport: 2 },
  { ip: '10.2.2.3', port: 5060, transport: 1 },
  { ip: '172.16.4.4', port: 5062, transport: 2 },
];

function mstRecord(random: Random): MstRecord {
  const isIn = random() < 0.5;
  const trunk = pick(random, trunks);
  return mstTexts(isIn ? 'IN' : 'OUT', trunk, sipMessage(random, trunk.ip));
}

/** The texts inside the brackets of the lines of one SIP message between Communication Manager and the other end. */
export function mstTexts(direction: 'IN' | 'OUT', { ip, port, transport }: SipTrunk, message: string): MstRecord {
  const near = address(nearIp, port);
  const far = address(ip, port);
  const bytes = Buffer.concat([
    Buffer.from([direction === 'IN' ? 0x8a : 0x8b, 0]),
    direction === 'IN' ? far : near,
    Buffer.from([0]),
    direction === 'IN' ? near : far,
    Buffer.from([0, transport]),
    Buffer.from(message, 'latin1'),
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

function address(ip: string, port: number): Buffer {
  return Buffer.from([...ip.split('.').map(Number), port >> 8, port & 0xff]);
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
