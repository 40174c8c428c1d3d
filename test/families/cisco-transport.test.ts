// What is known of the way of a device's messages (cisco 5): exact counts, how late they come, and which files are of one
// collector.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collectorName } from '../../src/families/cisco/preprocessing/collectors.ts';
import { cisco } from '../../src/families/cisco/index.ts';
import { defaultPreprocessOptions } from '../../src/families/cisco/preprocessing/preprocess-options.ts';
import type { DeviceTrack } from '../../src/families/cisco/preprocessing/device-track.ts';
import { CollectingSink, chunkOf, logFile } from './collecting-sink.ts';
import { line, readLog, startMs } from './cisco-log.ts';
import type { ReadLog } from './cisco-log.ts';

const say = '%SYS-5-CONFIG_I: Configured from console';
const none = { topology: '' };

function trackOf({ analysis }: ReadLog): DeviceTrack {
  const [track] = analysis.preprocessor.tracks.values();
  if (!track) throw new Error('no device');
  return track;
}

test('missing is what was sent less what was delivered, whatever is doubled, late or out of order', () => {
  const count = 300;
  const fates = fc.array(fc.constantFrom('lost', 'late', 'twice', 'delayed', 'sent', 'sent', 'sent', 'sent'), {
    minLength: count,
    maxLength: count,
  });
  fc.assert(
    fc.property(fates, fc.constantFrom(41_000, 4_294_967_200), fc.constantFrom(1, 2), (fate, first, stride) => {
      const delivered: { atSeconds: number; index: number; text: string }[] = [];
      const numbers = new Set<number>();
      for (let index = 0; index < count; index++) {
        // The ends are there, and the stride shows itself before anything is lost.
        const isFixed = index <= 40 || index === count - 1;
        const what = isFixed ? 'sent' : fate[index];
        if (what === 'lost') continue;
        const number = (first + index * stride) % 2 ** 32;
        numbers.add(number);
        const lateBy = what === 'late' ? 45 + (index % 90) : what === 'delayed' ? index % 20 : 0;
        const text = line(index * 2, 'rtr7', number, `${say} ${index}`, lateBy);
        for (let time = 0; time < (what === 'twice' ? 2 : 1); time++) {
          delivered.push({ atSeconds: index * 2 + lateBy, index, text });
        }
      }
      delivered.sort((one, other) => one.atSeconds - other.atSeconds || one.index - other.index);
      const log = readLog(
        delivered.map(({ text }) => text),
        none,
      );
      const { steps, duplicates } = trackOf(log);
      expect(steps.counts.received).toBe(numbers.size);
      expect(steps.counts.lost).toBe(count - numbers.size);
      expect(steps.counts).toMatchObject({ tooLate: 0, reboots: 0, discontinuity: 0 });
      expect(duplicates.duplicates).toBe(delivered.length - numbers.size);
      expect(duplicates.entries).toBe(delivered.length - numbers.size);
    }),
    { numRuns: 60 },
  );
});

test('counts a jump beyond belief as a discontinuity and not as loss', () => {
  const log = readLog([line(0, 'rtr7', 100, say), line(1, 'rtr7', 101, say), line(40, 'rtr7', 20_102, say)], none);
  expect(trackOf(log).steps.counts).toMatchObject({ discontinuity: 1, lost: 0, received: 3 });
});

test('says how far the loss can be believed', () => {
  const at = new Date(startMs).toISOString();
  const quality = (head: string): number => trackOf(readLog([`${at} rtr7 ${head}${say}`], none)).lossQuality;
  // Messages sent here; all messages of the device; nothing.
  expect(quality('41: ')).toBe(2);
  expect(quality('41: [syslog@9 s_sn="84"]: ')).toBe(2);
  expect(quality('000041: ')).toBe(1);
  expect(quality('')).toBe(0);
});

test('advises a longer look-ahead when late messages would have needed it', () => {
  const late = (bySeconds: number): DeviceTrack => {
    const sent = Array.from({ length: 120 }, (_, index) => ({ index, at: index + (index === 30 ? bySeconds : 0) }));
    sent.sort((one, other) => one.at - other.at);
    return trackOf(
      readLog(
        sent.map(({ index, at }) => line(index, 'rtr7', 100 + index, `${say} ${index}`, at - index)),
        none,
      ),
    );
  };
  expect(late(20).advisedLookaheadMs).toBeUndefined();
  expect(late(20).steps.counts.late).toBe(0);
  const track = late(41);
  expect(track.steps.counts.late).toBe(1);
  // The message behind it came a second after it was due.
  expect(track.advisedLookaheadMs).toBe(40_000);
  // Longer than that a device may take to boot, and the numbers of two boots would mix.
  expect(late(80).advisedLookaheadMs).toBe(defaultPreprocessOptions.minBootMs - 5000);
});

test.each([
  ['/log/syslog.log', '/log/syslog.log.1', true],
  ['/log/syslog.log', '/log/syslog.log.12.gz', true],
  ['/log/syslog.log', '/log/syslog.log-20241112', true],
  ['/log/syslog.log', '/log/syslog-2024-11-12.log.gz', true],
  ['/spool/received-0000000001.log', '/spool/received-0000000002.log', true],
  ['/log/noc1.log', '/log/noc2.log', false],
  ['/log/noc1/syslog.log', '/log/noc2/syslog.log', false],
  ['C:\\log\\syslog.log', 'C:\\log\\syslog.1.log', true],
])('%s and %s are of one collector: %s', (one, other, isSame) => {
  expect(collectorName(one) === collectorName(other)).toBe(isSame);
});

test('a message without a number is a copy when another collector wrote it, and none in the next file of the same', async () => {
  const options = (await cisco.options()).parse({});
  const received = async (second: string): Promise<number> => {
    const analyzer = await cisco.createAnalyzer({ options, timezone: 'UTC', host: 'noc' });
    const sink = new CollectingSink();
    // No fraction of a second: two such lines may well be two messages.
    const text = `2024-11-12T08:00:00Z rtr7 Nov 12 2024 08:00:00 UTC: ${say}\n`;
    for (const path of ['/log/syslog.log.1', second]) {
      analyzer.lines(chunkOf(Buffer.from(text), { ...logFile('syslog.log', startMs), path }), sink);
    }
    analyzer.finish?.(sink);
    const point = sink.points().find((one) => one.startsWith('cisco_config_change,')) ?? '';
    return Number(/count=(\d+)/.exec(point)?.[1]);
  };
  expect(await received('/log/syslog.log')).toBe(2);
  expect(await received('/other/syslog.log')).toBe(1);
});
