// One message, one line, in a form that the family reads (cisco 3.2, H13 and H14).
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineParser } from '../../src/families/cisco/parser.ts';
import { JournalLines } from '../../src/receivers/journal-lines.ts';

const at = Date.UTC(2024, 10, 14, 8, 30, 56, 7);
const of = (message: string, source = '10.1.4.2'): string =>
  new JournalLines().of(at, source, Buffer.from(message)).toString();

test('has the time to the millisecond, the sender and the message as it was sent', () => {
  expect(of('<189>521: Nov 14 08:30:56.699: %LINK-3-UPDOWN: Interface Serial0, changed state to up')).toBe(
    '2024-11-14T08:30:56.007Z 10.1.4.2 <189>521: Nov 14 08:30:56.699: %LINK-3-UPDOWN: Interface Serial0, changed state to up\n',
  );
});

test.each(['10.1.4.2', '2001:db8::7', '2a02:db8::'])('is read back by the family with the sender %s', (source) => {
  const line = Buffer.from(
    of('<187>521: 000514: Nov 14 2024 08:30:56.699 UTC: %LINK-3-UPDOWN: Interface Se0, down', source),
  );
  const parser = new LineParser();
  expect(parser.parse(line, 0, line.length - 1)).toBe('message');
  const { header } = parser;
  expect([header.source, header.pri, header.msgcount, header.seq]).toEqual([source, 187, 521, 514]);
  expect([header.receipt.kind, header.stamp.kind]).toEqual(['date', 'date']);
});

test('a line feed in a message cannot begin a line that passes for another sender', () => {
  const line = of(
    '<189>1: Nov 14 08:30:56: %SYS-6-X: hello\r\n2024-11-14T08:30:56Z 10.9.0.1 <189>9: %LINK-3-UPDOWN: Interface Se0, changed state to down\n\n',
  );
  expect(line.split('\n')).toHaveLength(2);
  expect(line).toContain('hello#0122024-11-14T08:30:56Z');
});

test('any bytes make exactly one line', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 0, max: 4e12 }), (bytes, timeMs) => {
      const line = new JournalLines().of(timeMs, '10.0.0.1', Buffer.from(bytes));
      expect(line.indexOf(10)).toBe(line.length - 1);
      expect(Date.parse(line.toString('latin1', 0, 24))).toBe(timeMs);
    }),
  );
});
