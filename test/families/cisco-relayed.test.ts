// Packets that a relay passed on and a daemon or listener stored: H12, H16 and H23 behind a receipt of H13 or H14.
import { expect, test } from 'vitest';
import { LineParser } from '../../src/families/cisco/parser.ts';

const lead = '2025-11-21T10:00:00.123Z 127.0.0.1 ';

/** What the header of a stored packet says. */
function read(packet: string) {
  const bytes = Buffer.from(lead + packet);
  const parser = new LineParser();
  const lineClass = parser.parse(bytes, 0, bytes.length);
  const { source, original, origin, msgcount, seq, stamp, receipt } = parser.header;
  const seconds = stamp.kind === 'date' ? stamp.timeOfDayMs / 1000 : undefined;
  return { lineClass, source, original, origin, msgcount, seq, seconds, received: receipt.timeOfDayMs / 1000 };
}

const message = { lineClass: 'message', source: '127.0.0.1', original: '', origin: '', received: 36_000.123 };
const none = { msgcount: undefined, seq: undefined, seconds: undefined };

test.each([
  [
    '<189>Nov 21 09:59:59 10.1.4.2 521: Nov 21 09:59:58.500: %SYS-5-CONFIG_I: x',
    { original: '10.1.4.2', msgcount: 521, seconds: 35_998.5 },
  ],
  [
    '<189>Nov 21 09:59:59 10.1.4.2 521: rtr7: 000514: Nov 21 2025 09:59:58.500 UTC: %SYS-5-CONFIG_I: x',
    { original: '10.1.4.2', origin: 'rtr7', msgcount: 521, seq: 514, seconds: 35_998.5 },
  ],
  [
    '<189>Original Address=10.20.1.2 Nov 21 09:59:59 10.1.4.2 521: %SYS-5-CONFIG_I: x',
    { original: '10.20.1.2', msgcount: 521 },
  ],
  ['<189>Nov 21 09:59:58.500 UTC: %SYS-5-CONFIG_I: x', { seconds: 35_998.5 }],
  ['<189>rtr7: Nov 21 09:59:58.500: %SYS-5-CONFIG_I: x', { origin: 'rtr7', seconds: 35_998.5 }],
  ['<189>2025-11-21T09:59:58.5Z rtr7 %SYS-5-CONFIG_I: x', { origin: 'rtr7', seconds: 35_998.5 }],
  [
    '<189>Original Address=10.20.1.2 521: rtr7: 000514: Nov 21 2025 09:59:58.500 UTC: %SYS-5-CONFIG_I: x',
    { original: '10.20.1.2', origin: 'rtr7', msgcount: 521, seq: 514, seconds: 35_998.5 },
  ],
  [
    '<189>Original Address=10.20.1.2 1 2025-11-21T09:59:58.5Z rtr7 - - - - 521: %SYS-5-CONFIG_I: x',
    { original: '10.20.1.2', origin: 'rtr7', msgcount: 521, seconds: 35_998.5 },
  ],
  // The receipt is not the device's: a message without a stamp has none.
  ['<189>521: %SYS-5-CONFIG_I: x', { msgcount: 521 }],
  ['<189>28: Cisco IOS Software, C2900', { lineClass: 'numbered', msgcount: 28 }],
])('%s', (packet, expected) => {
  expect(read(packet)).toEqual({ ...message, ...none, ...expected });
});
