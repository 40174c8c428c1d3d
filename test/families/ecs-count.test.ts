// `ecs count`: its options, its tables, and everything that was wrong in the tool it follows (ecs 6.1).
import { expect, test } from 'vitest';
import { UsageError } from '../../src/model/errors.ts';
import { runCount } from './memory-inputs.ts';

/** A line with this message at `20170427:` and the time. */
function at(time: string, message: string): string {
  return `20170427:${time}:1:MAP(12):MED:[${message}]\n`;
}

function denials(time: string, event: number, times = 1): string {
  return at(time, `DENYEVT event=${event} d1=71f2 d2=1.2.3.4`).repeat(times);
}

test('writes the table of the specification', async () => {
  const log = denials('084000000', 1192, 26) + denials('084100000', 1192, 22) + denials('084000500', 2287, 76);
  expect(await runCount({ a: log }, { timepos: 'MIN' })).toEqual({
    status: 0,
    stdout:
      'DENYEVT       20170427:0840  20170427:0841\n' +
      'event=1192               26             22\n' +
      'event=2287               76\n' +
      '\n',
    stderr: '',
  });
});

test('shows zeros only when asked, at the end of a line too', async () => {
  const log = denials('084000000', 1192) + denials('084100000', 2287);
  const { stdout } = await runCount({ a: log }, { timepos: 'MIN', zero: true });
  expect(stdout).toBe(
    'DENYEVT       20170427:0840  20170427:0841\n' +
      'event=1192                1              0\n' +
      'event=2287                0              1\n' +
      '\n',
  );
});

test('writes one table per keyword in the order of their first event, with rows sorted as text', async () => {
  const log =
    at('084000000', 'proc_err: pro=9,err=1,seq=9,da1=0x1,da2=0x2') +
    at('084000000', 'proc_err: pro=10,err=1,seq=9,da1=0x1,da2=0x2') +
    denials('084000000', 1192);
  const { stdout } = await runCount({ a: log }, { ecs: 'denial,proc_err', timepos: 'DAY' });
  expect(stdout).toBe(
    'proc_err:  20170427\npro=10            1\npro=9             1\n\nDENYEVT       20170427\nevent=1192           1\n\n',
  );
});

test('a keyword longer than every label sets the width', async () => {
  const log = at('084000000', 'LONG KEYWORD x');
  const { stdout } = await runCount({ a: log }, { pattern: ['LONG KEYWORD,(x)'], timepos: '0,4' });
  expect(stdout).toBe('LONG KEYWORD  2017\nx                1\n\n');
});

test('numbers wider than their column widen it and stay apart', async () => {
  const log = denials('084000000', 1192, 1234).replace(/^20170427/gm, '17') + denials('084000000', 1192, 1234);
  const { stdout } = await runCount({ a: log }, { pattern: ['DENYEVT,(event=)'], timepos: '0,2' });
  expect(stdout).toBe('DENYEVT    17   20\nevent=   1234 1234\n\n');
});

test('prints nothing at all when nothing matched', async () => {
  expect(await runCount({ a: at('084000000', 'nothing here') })).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(await runCount({ a: '' })).toEqual({ status: 0, stdout: '', stderr: '' });
});

test('counts the last line without its line feed, and takes a half one for no damage', async () => {
  const whole = denials('084000000', 1192).trimEnd();
  expect((await runCount({ a: whole })).stdout).toContain('event=1192              1');
  const half = denials('084000000', 1192) + '20170427:084000000:1:MAP(12):MED:[DENYEVT event=1192 d1=7';
  expect(await runCount({ a: half })).toMatchObject({ status: 0, stderr: '' });
});

test.each([
  ['S', '20170427:084012'],
  ['sec', '20170427:084012'],
  ['TS', '20170427:08401'],
  ['tsec', '20170427:08401'],
  ['TENSEC', '20170427:08401'],
  ['m', '20170427:0840'],
  ['min', '20170427:0840'],
  ['T', '20170427:084'],
  ['TMIN', '20170427:084'],
  ['tenmin', '20170427:084'],
  ['h', '20170427:08'],
  ['HOUR', '20170427:08'],
  ['d', '20170427'],
  ['Day', '20170427'],
  ['2,6', '1704'],
  [' 0 , 3 ', '201'],
])('interval %s takes its part of the stamp', async (timepos, title) => {
  const { stdout } = await runCount({ a: denials('084012345', 1192) }, { timepos });
  expect(stdout.split('\n')[0]?.split(/ +/)).toEqual(['DENYEVT', title]);
});

test.each([
  ['an unknown interval', { timepos: 'HOURS' }],
  ['a slice that ends before it begins', { timepos: '4,2' }],
  ['an empty slice', { timepos: '4,4' }],
  ['a slice with a sign', { timepos: '-1,3' }],
  ['a slice far beyond any stamp', { timepos: '0,5000' }],
  ['an unknown ecs name', { ecs: 'denial,sip' }],
  ['an empty ecs list', { ecs: '' }],
  ['a pattern without a comma', { pattern: ['DENYEVT'] }],
  ['a pattern without a keyword', { pattern: [',(x)'] }],
  ['a pattern without an expression', { pattern: ['DENYEVT,'] }],
  ['a pattern that is no expression', { pattern: ['DENYEVT,(event=\\d+'] }],
  ['a keyword beyond latin-1', { pattern: ['\u20ac,(x)'] }],
  ['a time that is none', { time: ['yesterday'] }],
  ['a time with an empty end', { time: ['20170427-'] }],
  ['a time with too many parts', { time: ['20170427-20170428-20170429'] }],
  ['a time of day without a whole day', { time: ['2017:0840'] }],
  ['one good and one bad time', { time: ['20170427', '2017 0427'] }],
  ['no intervals', { intervals: '0' }],
  ['a number of intervals with a fraction', { intervals: '1.5' }],
  ['a number of rows that is none', { rows: 'many' }],
  ['two formats', { json: true, csv: true }],
])('refuses %s as wrong use', async (_, options) => {
  await expect(runCount({ a: denials('084000000', 1192) }, options)).rejects.toBeInstanceOf(UsageError);
});

test('says which names and intervals there are', async () => {
  await expect(runCount({ a: '' }, { ecs: 'sip' })).rejects.toThrow(/"sip" is unknown.*denial, alarm, error, proc_err/);
  await expect(runCount({ a: '' }, { timepos: 'x\u001b[31m' })).rejects.toThrow(/"x\\x1b\[31m".*SEC, TENSEC, MIN/);
});

test('wrong use is status 1 for the command line', async () => {
  const { ecs } = await import('../../src/families/ecs/index.ts');
  expect((await ecs.commands()).map(({ name, usageStatus }) => [name, usageStatus])).toContainEqual(['count', 1]);
});

test('a pattern may hold commas, and no denial table comes with it', async () => {
  const log = denials('084000000', 1192, 2) + denials('084000000', 22);
  const { stdout } = await runCount({ a: log }, { pattern: ['DENYEVT,(event=\\d{1,4})'] });
  expect(stdout).toBe('DENYEVT       20170427:08\nevent=1192              2\nevent=22                1\n\n');
});

test('a pattern without groups counts by what it matched', async () => {
  const { stdout } = await runCount(
    { a: denials('084000000', 1192, 3) },
    { pattern: ['DENYEVT,d1=\\w+'], timepos: 'D' },
  );
  expect(stdout).toBe('DENYEVT    20170427\nd1=71f2           3\n\n');
});

test('a group that took no part is empty', async () => {
  const log = at('084000000', 'DENYEVT event=1 x') + at('084000000', 'DENYEVT event=1');
  const { stdout } = await runCount({ a: log }, { pattern: ['DENYEVT,(event=1)( x)?'], timepos: 'D', verbose: 1 });
  expect(stdout).toBe('DENYEVT       20170427\nevent=1              1\nevent=1  x           1\n\n');
});

test('the same keyword twice gives both tables', async () => {
  const { stdout } = await runCount(
    { a: denials('084000000', 1192, 2) },
    { pattern: ['DENYEVT,(event=\\d+)', 'DENYEVT,(d1=\\w+)'], timepos: 'D' },
  );
  expect(stdout).toBe('DENYEVT       20170427\nevent=1192           2\n\nDENYEVT    20170427\nd1=71f2           2\n\n');
});

test('the first keyword with a match wins; when its form does not fit the others are tried', async () => {
  const both = at('084000000', 'DENYEVT event=1192 d1=1 d2=2 proc_err: pro=7,err=1,seq=9,da1=0x1,da2=0x2');
  const unfit = at('084000000', 'DENYEVT event= proc_err: pro=8,err=1,seq=9,da1=0x1,da2=0x2');
  const { stdout, stderr } = await runCount({ a: both + unfit }, { ecs: 'denial,proc_err', timepos: 'D' });
  expect(stdout).toBe('DENYEVT       20170427\nevent=1192           1\n\nproc_err:  20170427\npro=8             1\n\n');
  expect(stderr).toBe('');
  const turned = await runCount({ a: both }, { ecs: 'proc_err,denial', timepos: 'D' });
  expect(turned.stdout).toBe('proc_err:  20170427\npro=7             1\n\n');
});

test('each -v shows one more group, as far as there are any', async () => {
  const log = at('084000000', 'DENYEVT event=1192  d1= d2=5] x');
  const label = async (verbose: number): Promise<string | undefined> =>
    (await runCount({ a: log }, { timepos: 'D', verbose })).stdout.split('\n')[1]?.replace(/ +1$/, '');
  expect(await label(0)).toBe('event=1192');
  expect(await label(1)).toBe('event=1192 d1=');
  expect(await label(2)).toBe('event=1192 d1= d2=5');
  expect(await label(9)).toBe('event=1192 d1= d2=5');
});

test('puts out-of-order stamps into their own minute, one table for each keyword', async () => {
  const log = denials('084059990', 1192) + denials('084100005', 1192) + denials('084059995', 1192);
  const { stdout } = await runCount({ a: log }, { timepos: 'MIN' });
  expect(stdout).toBe('DENYEVT       20170427:0840  20170427:0841\nevent=1192                2              1\n\n');
});

test('keeps the greatest intervals; what is older than all of them is told, not counted', async () => {
  const log =
    denials('084000000', 1192, 5) +
    denials('084100000', 1192, 4) +
    denials('084000000', 1192, 3) +
    denials('084200000', 1192);
  const one = await runCount({ a: log }, { timepos: 'MIN', intervals: '1' });
  expect(one.stdout).toBe('DENYEVT       20170427:0842\nevent=1192                1\n\n');
  expect(one.stderr).toBe('3 events older than the intervals kept and not counted (see -n)\n');
  expect(one.status).toBe(0);
  const two = await runCount({ a: log }, { timepos: 'MIN', intervals: '2' });
  expect(two.stdout).toBe('DENYEVT       20170427:0841  20170427:0842\nevent=1192                4              1\n\n');
  expect(two.stderr).toBe('');
});

test('keeps 7 intervals unless told otherwise', async () => {
  const log = Array.from({ length: 9 }, (_, hour) => denials(`0${hour}0000000`, 1192)).join('');
  const { stdout } = await runCount({ a: log });
  expect(stdout.split('\n')[0]?.split(/ +/)).toEqual([
    'DENYEVT',
    ...[2, 3, 4, 5, 6, 7, 8].map((hour) => `20170427:0${hour}`),
  ]);
});

test('rows beyond the limit are folded into one', async () => {
  const log = [1, 2, 3, 4, 5, 3].map((event) => denials('084000000', event)).join('');
  const { stdout } = await runCount({ a: log }, { timepos: 'D', rows: '3' });
  expect(stdout).toBe(
    'DENYEVT    20170427\nevent=1           1\nevent=2           1\nevent=3           2\n(other)           2\n\n',
  );
});

const threeMinutes = denials('084000000', 1) + denials('084100000', 2) + denials('084200999', 3);

test.each([
  ['one minute', ['20170427:0841'], ['event=2']],
  ['a whole day', ['20170427'], ['event=1', 'event=2', 'event=3']],
  ['a part of a day', ['2017042'], ['event=1', 'event=2', 'event=3']],
  ['both ends included', ['20170427:0840-20170427:0841'], ['event=1', 'event=2']],
  ['the end included to its precision', ['20170427:0841-20170427:0842'], ['event=2', 'event=3']],
  ['ends of different precision', ['20170427:084100001-20170427:08'], ['event=3']],
  ['several ranges', ['20170427:0840', '20170427:0842'], ['event=1', 'event=3']],
  ['several ranges of different length', ['20170427:084000000', '20170427:08420'], ['event=1', 'event=3']],
  ['a range written the wrong way round', ['20170427:0841-20170427:0840'], ['event=1', 'event=2']],
  ['another day', ['20170428'], []],
])('-t takes %s, and -i still makes the intervals', async (_, time, rows) => {
  const { stdout } = await runCount({ a: threeMinutes }, { time, timepos: 'DAY' });
  const [head = '', ...lines] = stdout.split('\n');
  expect(lines.filter((line) => line !== '').map((line) => line.split(' ')[0])).toEqual(rows);
  if (rows.length > 0) expect(head.split(/ +/)).toEqual(['DENYEVT', '20170427']);
});

test('CR LF changes nothing', async () => {
  const unix = await runCount({ a: threeMinutes }, { timepos: 'MIN' });
  expect(await runCount({ a: threeMinutes.replaceAll('\n', '\r\n') }, { timepos: 'MIN' })).toEqual(unix);
});

test('torn lines and bad stamps are told, not counted', async () => {
  const log =
    denials('084000000', 1192) +
    denials('084000000', 1192).replace(']', '') +
    denials('084000000', 1192).replace('event=1192', 'event=x') +
    denials('994000000', 1192);
  const { stdout, stderr, status } = await runCount({ a: log }, { timepos: 'D' });
  expect(stdout).toBe('DENYEVT       20170427\nevent=1192           1\n\n');
  expect(stderr).toBe(
    '2 lines torn or malformed and not counted\n1 event without a usable time stamp and not counted\n',
  );
  expect(status).toBe(0);
});

test('year-less dates sort by time, and their columns carry the year', async () => {
  const line = (stamp: string): string => `${stamp} cm1 svr: IPEVT IPT_REG ext= 1 ip= 1.2.3.4 reason=normal\n`;
  const log = line('Nov  8 10:00:00') + line('Dec 31 10:00:00') + line('Jan 30 10:00:00');
  const modifiedMs = Date.UTC(2018, 0, 31);
  const days = await runCount({ a: log }, { pattern: ['IPEVT,(reason=\\w+)'], timepos: '0,6' }, { modifiedMs });
  expect(days.stdout).toBe(
    'IPEVT            2017 Nov  8  2017 Dec 31  2018 Jan 30\nreason=normal              1            1            1\n\n',
  );
  const hours = await runCount(
    { a: log },
    { pattern: ['IPEVT,(reason=\\w+)'], timepos: 'H', time: ['2017'] },
    { modifiedMs },
  );
  expect(hours.stdout).toBe('IPEVT            20171108:10  20171231:10\nreason=normal              1            1\n\n');
});

test('control characters of the log do not reach the terminal', async () => {
  const log = at('084000000', 'DENYEVT event=1192 d1=\u001b[2J\u009b d2=1');
  for (const options of [{}, { json: true }, { csv: true }]) {
    const { stdout } = await runCount({ a: log }, { ...options, verbose: 1 });
    expect(stdout).toMatch(/x1b|u001b/);
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f]/);
  }
});

test('--json gives everything as one object', async () => {
  const log = denials('084000000', 1934, 2) + denials('084100000', 1192) + denials('084000000', 1192).replace(']', '');
  const { stdout, status } = await runCount({ a: log }, { timepos: 'MIN', json: true });
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    interval: { first: 0, last: 13 },
    tables: [
      {
        keyword: 'DENYEVT',
        name: 'denial',
        intervals: ['20170427:0840', '20170427:0841'],
        rows: [
          { label: 'event=1192', counts: [0, 1] },
          {
            label: 'event=1934',
            counts: [2, 0],
            meaning: 'registration refused: extension already registered',
            category: 'registration',
            severity: 'warning',
          },
        ],
      },
    ],
    late: 0,
    unusable: 1,
    undated: 0,
    faults: [],
  });
  expect(JSON.parse((await runCount({ a: '' }, { json: true })).stdout)).toMatchObject({ tables: [] });
});

test('--csv gives a line for each count', async () => {
  const log = at('084000000', 'X a,"b') + at('084100000', 'X =1');
  const { stdout } = await runCount({ a: log }, { pattern: ['X,X (\\S+)\\]'], timepos: 'MIN', csv: true });
  expect(stdout).toBe('keyword,label,interval,count\r\nX,\'=1,20170427:0841,1\r\nX,"a,""b",20170427:0840,1\r\n');
  const zeros = await runCount({ a: log }, { pattern: ['X,X (\\S+)\\]'], timepos: 'MIN', csv: true, zero: true });
  expect(zeros.stdout.trimEnd().split('\r\n')).toHaveLength(5);
});

test('an unreadable file is named and makes the status 3, 2 when none could be read', async () => {
  const files = { a: denials('084000000', 1192), b: { path: 'b\u001b', message: 'permission denied', isTotal: true } };
  const some = await runCount(files, { timepos: 'D' });
  expect(some.status).toBe(3);
  expect(some.stdout).toContain('event=1192           1');
  expect(some.stderr).toBe('b\\x1b: permission denied\n');
  expect((await runCount({}, {}, { names: ['missing'] })).status).toBe(2);
  const damaged = { a: { path: 'a', message: 'damaged at byte 10', isTotal: false } };
  expect((await runCount(damaged)).status).toBe(3);
});

test('an interruption shows what was counted so far and is status 130', async () => {
  const interruption = new AbortController();
  const { memoryInputs } = await import('./memory-inputs.ts');
  const first = denials('084000000', 1192, 10);
  const result = await runCount(
    {},
    { timepos: 'D' },
    {
      names: ['a'],
      signal: interruption.signal,
      openInputs: (...call) => {
        const inputs = memoryInputs({ a: first }, 1e6)(...call);
        return {
          ...inputs,
          async *chunks() {
            yield* inputs.chunks();
            interruption.abort();
            throw new Error('the read was aborted');
          },
        };
      },
    },
  );
  expect(result.status).toBe(130);
  expect(result.stdout).toContain('event=1192          10');
});

test('without files it reads standard input, but waits for no terminal', async () => {
  const { status, stdout } = await runCount({ '-': denials('084000000', 1192) }, {}, { names: [] });
  expect([status, stdout.includes('event=1192')]).toEqual([0, true]);
  await expect(runCount({}, {}, { names: [], isTerminal: true })).rejects.toBeInstanceOf(UsageError);
});

test('a failing output is an error of the command', async () => {
  const files = { a: denials('084000000', 1192) };
  const { ecs } = await import('../../src/families/ecs/index.ts');
  const { memoryInputs } = await import('./memory-inputs.ts');
  const { followInputs } = await import('../../src/engine/follow-inputs.ts');
  const { createFile } = await import('../../src/engine/output-file.ts');
  const { appendReport } = await import('../../src/engine/report-file.ts');
  const { backUp } = await import('../../src/engine/backup.ts');
  const { Writable, PassThrough } = await import('node:stream');
  const broken = new Writable({ write: (_part, _encoding, done) => done(new Error('no space left')) });
  broken.on('error', () => undefined);
  const [command] = await ecs.commands();
  const run = command?.run({
    stdout: broken,
    stderr: new PassThrough(),
    stdin: new PassThrough(),
    environment: {},
    signal: new AbortController().signal,
    options: {},
    files: ['a'],
    openInputs: memoryInputs(files),
    followInputs,
    createFile,
    backUp,
    appendReport,
  });
  await expect(run).rejects.toThrow('no space left');
});
