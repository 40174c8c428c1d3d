// Tests of dial backups and names of interfaces: edge cases 2, 32 and 33 of cisco 25.
import { expect, test } from 'vitest';
import { testResults } from '../../src/families/cisco/inference/backup-tests.ts';
import { fitsPattern, interfaceName } from '../../src/families/cisco/grammar/interface-names.ts';
import { ReportClock } from '../../src/families/cisco/reports/report-words.ts';
import { line, readLog } from './cisco-log.ts';

const hub = '10.9.0.1';
const config = '%SYS-5-CONFIG_I: Configured from console';

/** A call of the site: from the start of the log in seconds, and how long it lasts. */
function call(at: number, lasts: number, number: number): string[] {
  return [
    line(at, hub, number, '%LINK-3-UPDOWN: Interface Serial1/0:7, changed state to up'),
    line(at + 1, hub, number + 1, '%ISDN-6-CONNECT: Interface Serial1/0:7 is now connected to 5550101 site-101'),
    line(at + 2, hub, number + 2, '%LINEPROTO-5-UPDOWN: Line protocol on Interface Serial1/0:7, changed state to up'),
    line(
      at + lasts,
      hub,
      number + 3,
      `%ISDN-6-DISCONNECT: Interface Serial1/0:7 disconnected from 5550101 site-101, call lasted ${lasts} seconds`,
    ),
  ];
}

/** Results of the window from 04:00 to 08:00 of the day after; `calls` count their seconds from its beginning. */
function results(...calls: (readonly [at: number, lasts: number])[]): readonly (readonly [boolean, string])[] {
  const window = 20 * 3600;
  const log = readLog([
    line(0, hub, 1, config),
    ...calls.flatMap(([at, lasts], index) => call(window + at, lasts, 2 + 4 * index)),
    line(window + 5 * 3600, hub, 2 + 4 * calls.length, config),
  ]);
  const clock = new ReportClock(log.analysis.zones, 'UTC');
  return testResults(log.service('site-101'), clock, log.story).map(({ isPass, reason }) => [isPass, reason]);
}

test('edge 2: a B channel is a part of its line', () => {
  expect(interfaceName('BRI0: B-Channel 1')).toBe('BRI0:1');
  expect(interfaceName('Gi 0/0/1.102')).toBe('GigabitEthernet0/0/1.102');
  expect(
    ['Serial1/0:7', 'Serial1/2/0:15', 'Serial1/0', 'Serial2/0:7'].map((name) => fitsPattern('Serial1/*:*', name)),
  ).toEqual([true, true, false, false]);
});

test('edge 32: the first call decides; a short one after a long one repairs nothing', () => {
  expect(results([600, 190], [1200, 20])).toEqual([[false, 'too-long']]);
  expect(results([600, 20], [1200, 190])).toEqual([[true, 'ok']]);
});

test('edge 33: a call that starts in the window is a test, wherever it ends', () => {
  expect(results([4 * 3600 - 10, 70])).toEqual([[true, 'ok']]);
});

test('no call is a failed test, and a window that the log covers in part is none', () => {
  expect(results()).toEqual([[false, 'no-call']]);
});
