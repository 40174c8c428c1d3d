// Writes a large ecs log of MST traces for benchmarks: SIP messages in records of several lines, some of them
// interleaved, on a few trunks; the same for the same seed.
import { closeSync, openSync, writeSync } from 'node:fs';

const startMs = Date.UTC(2026, 0, 12, 8);
/** Messages in a second of the log. */
const perSecond = 400;
const bytesPerLine = 256;
const flushBytes = 4 * 1024 * 1024;

const methods = ['INVITE', 'ReINVITE', 'BYE', 'CANCEL', 'OPTIONS', 'ACK'] as const;
const codes = [100, 180, 200, 404, 486, 487, 503] as const;
const trunks = [
  ['10.2.2.2', 5061],
  ['10.2.2.3', 5070],
  ['91.10.0.7', 5062],
  ['192.168.9.9', 15_060],
] as const;

/** A small generator of numbers from 0 to below 1 (xorshift). */
function numbers(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Writes whole records to `path` until it has at least `bytes` bytes; gives the number of bytes and of messages. */
export function generateMstLog(path: string, bytes: number, seed = 1): { bytes: number; messages: number } {
  const next = numbers(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
  const file = openSync(path, 'w');
  let pending = '';
  let written = 0;
  let messages = 0;
  let sequence = 1_000_000;
  const flush = (): void => {
    const chunk = Buffer.from(pending, 'latin1');
    for (let done = 0; done < chunk.length;) done += writeSync(file, chunk, done);
    pending = '';
  };
  while (written < bytes) {
    const stamp = stampOf(startMs + Math.floor((messages * 1000) / perSecond));
    const records = [0, 1].map(() => linesOf(recordOf(next, pick, messages++)));
    // Every tenth pair of records has its lines mixed, each of a process of its own.
    const isMixed = next() < 0.1;
    const longest = Math.max(...records.map((lines) => lines.length));
    const places = isMixed
      ? Array.from({ length: longest }, (_, line) => [0, 1].map((record) => [record, line] as const)).flat()
      : records.flatMap((lines, record) => lines.map((_, line) => [record, line] as const));
    for (const [record, line] of places) {
      const text = records[record]?.[line];
      if (text === undefined) continue;
      const whole = `${stamp}:${sequence++}:MAP(${12_104 + record}):MED:[MST  ${text}]\n`;
      pending += whole;
      written += whole.length;
    }
    if (pending.length > flushBytes) flush();
  }
  flush();
  closeSync(file);
  return { bytes: written, messages };
}

function recordOf(next: () => number, pick: <T>(from: readonly T[]) => T, number: number): Buffer {
  const [address, port] = pick(trunks);
  const isIn = next() < 0.5;
  const method = pick(methods);
  const isRequest = next() < 0.5;
  const name = method === 'ReINVITE' ? 'INVITE' : method;
  const tag = method === 'ReINVITE' || !isRequest ? `;tag=${number}` : '';
  const first = isRequest ? `${name} sip:4244@10.1.1.1 SIP/2.0` : `SIP/2.0 ${pick(codes)} Reason`;
  const body = 'a=rtpmap:8 PCMA/8000\r\n'.repeat(Math.floor(next() * 20));
  const text = [
    first,
    `Via: SIP/2.0/TLS 10.2.2.2:5061;branch=z9hG4bK${number}`,
    `From: "tag=x" <sip:3989455@10.2.2.2>;tag=a${number % 1000}`,
    `To: <sip:3219156@10.1.1.1>${tag}`,
    `Call-ID: ${number % 5000}@10.2.2.2`,
    `CSeq: 1 ${name}`,
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
  const near = [10, 1, 1, 1, port >> 8, port & 255];
  const far = [...address.split('.').map(Number), port >> 8, port & 255];
  const head = [isIn ? 0x8a : 0x8b, 0, ...(isIn ? far : near), 0, ...(isIn ? near : far), 0, 2];
  return Buffer.concat([Buffer.from(head), Buffer.from(text, 'latin1')]);
}

function linesOf(record: Buffer): string[] {
  const lines: string[] = [];
  for (let from = 0; from < record.length; from += bytesPerLine) {
    const pairs = record.toString('hex', from, Math.min(from + bytesPerLine, record.length)).match(/../g) ?? [];
    lines.push(`${from === 0 ? record.length : '++++'}  ${pairs.join(' ')}`);
  }
  return lines;
}

function stampOf(timeMs: number): string {
  const digits = new Date(timeMs).toISOString().replace(/\D/g, '');
  return `${digits.slice(0, 8)}:${digits.slice(8)}`;
}
