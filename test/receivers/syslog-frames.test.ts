// Framing of TCP connections (RFC 6587 and what devices do instead; cisco 2 and edge case 40).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ciscoSyslog } from '../../src/families/cisco/syslog.ts';
import { SyslogFrames } from '../../src/receivers/syslog-frames.ts';

/** Feeds the pieces and closes; gives what was taken, cut ones marked. */
function read(pieces: readonly (Buffer | string)[], maxMessageBytes = 8192, pausesAfter = -1): string[] {
  const taken: string[] = [];
  const { isMessageStart } = ciscoSyslog();
  const frames = new SyslogFrames({
    maxMessageBytes,
    isMessageStart,
    take: (message, isCut) => taken.push(`${message.toString('latin1')}${isCut ? '~' : ''}`),
  });
  pieces.forEach((piece, index) => {
    frames.feed(Buffer.from(piece));
    if (index === pausesAfter) frames.pause();
  });
  frames.close();
  return taken;
}

const first = '<189>31: rtr7: *Apr 29 09:00:00.100: %PARSER-5-CFGLOG_LOGGEDCMD: User:a logged command:CLI initiated';
const second = '<189>32: rtr7: *Apr 29 09:00:01.100: %SYS-5-CONFIG_I: Configured from console by a on vty0';

describe('a connection', () => {
  test('with octet counting gives each frame as it was sent, line feeds inside and all', () => {
    const banner = '<189>28: Cisco IOS Software\nCompiled';
    const text = `${first.length} ${first}${banner.length} ${banner}${second.length} ${second}`;
    expect(read([text])).toEqual([first, banner, second]);
  });

  test('with octet counting may have line feeds between its frames', () => {
    expect(read([`${first.length} ${first}\n${second.length} ${second}\n`])).toEqual([first, second]);
  });

  test('with a line each gives each line', () => {
    expect(read([`${first}\r\n${second}\n`])).toEqual([`${first}\r`, second]);
  });

  test('without any line end is taken apart where a message begins', () => {
    expect(read([`${first}${second}`])).toEqual([first, second]);
    expect(read([`${first}${second}${first}\n`])).toEqual([first, second, first]);
  });

  test('keeps a text whole that only looks like a priority', () => {
    const text = '<189>33: *Apr 29 09:00:01: %SYS-6-X: see <13> and <189>, then <1>nothing more';
    expect(read([`${text}\n`])).toEqual([text]);
  });

  test('gives an unfinished last line when it pauses, and the rest as a line of its own', () => {
    expect(read([first, `${second}\n`], 8192, 0)).toEqual([first, second]);
  });

  test('that breaks off within a counted frame gives what came, marked as cut', () => {
    expect(read([`${first.length} ${first.slice(0, 40)}`])).toEqual([`${first.slice(0, 40)}~`]);
  });

  test('goes over to lines when a length is none', () => {
    expect(read([`${first.length} ${first}garbage\n${second}\n`])).toEqual([first, 'garbage', second]);
  });

  test('cuts long messages and finds the next one', () => {
    expect(read([`<1>${'x'.repeat(5000)}\n${second}\n`], 1000)).toEqual([`<1>${'x'.repeat(997)}~`, second]);
    const long = `<1>${'x'.repeat(5000)}`;
    expect(read([`${long.length} ${long}${second.length} ${second}`], 1000)).toEqual([
      `${long.slice(0, 1000)}~`,
      second,
    ]);
  });
});

test('gives the same messages however the bytes are cut', () => {
  const message = fc.stringMatching(/^<1[0-9]{2}>[0-9]{1,4}: [ -;=-~]{0,60}$/);
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      fc.infiniteStream(fc.nat(30)),
      (messages, isCounted, cuts) => {
        const text = messages.map((one) => (isCounted ? `${one.length} ${one}` : `${one}\n`)).join('');
        const pieces: string[] = [];
        for (let at = 0; at < text.length;) {
          const length = 1 + (cuts.next().value ?? 0);
          pieces.push(text.slice(at, at + length));
          at += length;
        }
        expect(read(pieces)).toEqual(messages);
      },
    ),
  );
});

test('never gives or keeps more than the limit, whatever comes', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 10 }), (pieces) => {
      let taken = 0;
      const { isMessageStart } = ciscoSyslog();
      const frames = new SyslogFrames({
        maxMessageBytes: 600,
        isMessageStart,
        take: (message) => {
          taken += message.length;
          expect(message.length).toBeLessThanOrEqual(600);
        },
      });
      for (const piece of pieces) frames.feed(Buffer.from(piece));
      frames.close();
      expect(taken).toBeLessThanOrEqual(pieces.reduce((sum, { length }) => sum + length, 0));
    }),
  );
});

test('text full of priorities costs no more tries than a few per line', () => {
  let tries = 0;
  const frames = new SyslogFrames({
    maxMessageBytes: 8192,
    isMessageStart: () => {
      tries++;
      return false;
    },
    take: () => undefined,
  });
  frames.feed(Buffer.from(`<1>${'<1>'.repeat(2000)}\n`));
  expect(tries).toBeLessThanOrEqual(32);
});
