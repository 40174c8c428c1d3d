// What the analyzer makes of MST traces (ecs 4, 5 and 7): messages, calls, dialogs, times to ring, and faults.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ecs } from '../../src/families/ecs/index.ts';
import type { Analyzer, SourceReport } from '../../src/model/family.ts';
import { analyze, analyzerContext, chunkOf, CollectingSink, splitLines } from './collecting-sink.ts';
import { mstLines, request, response, sipRecord } from '../support/mst-lines.ts';

const start = Date.UTC(2017, 3, 27, 8, 40);

/** A stamp so many milliseconds after 08:40. */
function stamp(afterMs: number): string {
  return new Date(start + afterMs)
    .toISOString()
    .replace(/[-:.TZ]/g, '')
    .replace(/^(\d{8})/, '$1:');
}

/** One message as lines. */
function at(afterMs: number, direction: 'IN' | 'OUT', message: string): string {
  return mstLines(sipRecord(direction, message), { stamp: stamp(afterMs) }).join('');
}

const withCall = (message: string, id: string, sequence = 1): string =>
  message.replace('a@b', id).replace('CSeq: 1 ', `CSeq: ${sequence} `);

/** Points of one measurement without the tags of the trunk, the host and the time. */
function fieldsOf(points: readonly string[], measurement: string): readonly string[] {
  return points
    .filter((point) => point.startsWith(`${measurement},`))
    .map((point) => {
      const [series = '', fields = ''] = point.split(' ');
      const tags = series.split(',').filter((pair) => /^(direction|type|method)=/.test(pair));
      return [...tags.map((pair) => pair.split('=')[1]), fields].join(' ');
    });
}

/** Calls of a direction as the fields of `ecs_sip_invite`; what is not named did not happen, and is said to be 0. */
function calls(direction: 'IN' | 'OUT', happened: Readonly<Record<string, number>>): string {
  const names = ['attempts', 'progressed', 'answered', 'failed', 'server_failed', 'cancelled', 'reinvites'];
  return `${direction} ${names.map((name) => `${name}=${happened[name] ?? 0}i`).join(',')}`;
}

async function freshAnalyzer(): Promise<Analyzer> {
  return ecs.createAnalyzer(await analyzerContext());
}

test('a message is a point of its trunk', async () => {
  const { points, accepted, rejects } = await analyze(at(123, 'OUT', response(503, 'INVITE')));
  expect({ points, accepted, rejects }).toEqual({
    points: [
      `ecs_sip,direction=OUT,host=cm1,instance=test,local_ip=10.1.1.1,method=INVITE,remote_ip=10.2.2.2,service_port=5061,transport=tls,type=503 count=1i ${start}`,
    ],
    accepted: 1,
    rejects: [],
  });
});

describe('calls', () => {
  const table: readonly [string, readonly string[], Readonly<Record<string, readonly string[]>>][] = [
    [
      'a call that rings, is answered and ends',
      [
        at(0, 'IN', request('INVITE')),
        at(10, 'OUT', response(100, 'INVITE')),
        at(1500, 'OUT', response(180, 'INVITE')),
        at(1600, 'OUT', response(183, 'INVITE')),
        at(3000, 'OUT', response(200, 'INVITE')),
        at(3100, 'OUT', response(200, 'INVITE')),
        at(9000, 'IN', request('BYE')),
        at(9100, 'OUT', response(200, 'BYE')),
      ],
      {
        ecs_sip_invite: [calls('IN', { attempts: 1, progressed: 1, answered: 1 })],
        ecs_sip_dialogs: ['active=0i,peak=1i'],
        ecs_sip_setup_ms: ['IN p50=1500,p95=1500,max=1500i'],
      },
    ],
    [
      'one that is sent again, and again with a password, is one attempt',
      [
        at(0, 'IN', request('INVITE')),
        at(100, 'IN', request('INVITE')),
        at(200, 'OUT', response(407, 'INVITE')),
        at(300, 'IN', withCall(request('INVITE'), 'a@b', 2)),
        at(400, 'OUT', withCall(response(486, 'INVITE'), 'a@b', 2)),
      ],
      { ecs_sip_invite: [calls('IN', { attempts: 1, failed: 1 })] },
    ],
    [
      'given up by the caller',
      [at(0, 'IN', request('INVITE')), at(10, 'IN', request('CANCEL')), at(20, 'OUT', response(487, 'INVITE'))],
      { ecs_sip_invite: [calls('IN', { attempts: 1, cancelled: 1 })], ecs_sip_dialogs: [] },
    ],
    [
      'a re-INVITE that fails leaves the call as it is',
      [
        at(0, 'IN', request('INVITE')),
        at(10, 'OUT', response(200, 'INVITE')),
        at(20, 'IN', withCall(request('INVITE').replace('<sip:1@10.1.1.1>', '<sip:x>;tag=1'), 'a@b', 2)),
        at(30, 'OUT', withCall(response(491, 'INVITE'), 'a@b', 2)),
      ],
      {
        ecs_sip_invite: [calls('IN', { attempts: 1, progressed: 1, answered: 1, reinvites: 1 })],
        ecs_sip_dialogs: ['active=1i,peak=1i'],
      },
    ],
    [
      'a re-INVITE from the other end counts for the direction of its call',
      [
        at(0, 'IN', request('INVITE')),
        at(10, 'OUT', response(200, 'INVITE')),
        at(20, 'OUT', withCall(request('INVITE').replace('<sip:1@10.1.1.1>', '<sip:x>;tag=1'), 'a@b', 2)),
        at(30, 'OUT', withCall(request('INVITE').replace('<sip:1@10.1.1.1>', '<sip:x>;tag=1'), 'not seen', 2)),
      ],
      {
        ecs_sip_invite: [
          calls('IN', { attempts: 1, progressed: 1, answered: 1, reinvites: 1 }),
          calls('OUT', { reinvites: 1 }),
        ],
      },
    ],
    [
      'a server error after it rang',
      [at(0, 'OUT', request('INVITE')), at(10, 'IN', response(183, 'INVITE')), at(20, 'IN', response(503, 'INVITE'))],
      { ecs_sip_invite: [calls('OUT', { attempts: 1, progressed: 1, failed: 1, server_failed: 1 })] },
    ],
    [
      'answers to what was not seen',
      [at(0, 'OUT', response(200, 'INVITE')), at(10, 'OUT', response(200, 'BYE'))],
      { ecs_sip_invite: [], ecs_sip_dialogs: [] },
    ],
    [
      'a call that the other end does not know any more has ended',
      [at(0, 'OUT', request('INVITE')), at(10, 'IN', response(200, 'INVITE')), at(20, 'IN', response(481, 'BYE'))],
      {
        ecs_sip_invite: [calls('OUT', { attempts: 1, progressed: 1, answered: 1 })],
        ecs_sip_dialogs: ['active=0i,peak=1i'],
      },
    ],
  ];
  test.each(table)('%s', async (_name, lines, expected) => {
    const { points } = await analyze(lines.join(''));
    for (const [measurement, wanted] of Object.entries(expected)) {
      expect([measurement, fieldsOf(points, measurement)]).toEqual([measurement, wanted]);
    }
  });

  test('a dialog without an end is forgotten after four hours', async () => {
    const log = [
      at(0, 'IN', request('INVITE')),
      at(10, 'OUT', response(200, 'INVITE')),
      at(4 * 3_600_000 + 60_000, 'IN', withCall(request('INVITE'), 'other')),
    ];
    const { points } = await analyze(log.join(''));
    expect(fieldsOf(points, 'ecs_sip_dialogs')).toEqual(['active=0i,peak=1i', 'active=1i,peak=1i']);
  });

  test('more trunks than the bound share one', async () => {
    const log = Array.from({ length: 210 }, (_, index) => {
      const ends = { from: `10.9.${index >> 8}.${index & 255}`, fromPort: 5060, to: '10.1.1.1', toPort: 5060 };
      return mstLines(sipRecord('IN', request('OPTIONS'), { ends }), { stamp: stamp(index) }).join('');
    });
    const { points } = await analyze(log.join(''));
    expect(points).toHaveLength(201);
    expect(points.find((point) => point.includes('__other__'))).toMatch(/remote_ip=__other__,.*count=10i/);
  });

  test('unknown methods are one', async () => {
    const { points } = await analyze(at(0, 'IN', request('EVIL1')) + at(1, 'IN', request('EVIL2')));
    expect(fieldsOf(points, 'ecs_sip')).toEqual(['IN other other count=2i']);
  });
});

describe('a trunk that falls silent', () => {
  /** OPTIONS of the trunks with these last numbers, one in each minute of a span. */
  const keepAlive = (minutes: number, from: number, ...trunks: readonly number[]): string =>
    Array.from({ length: minutes }, (_, index) =>
      trunks.map((end) => {
        const ends = { from: `10.2.2.${end}`, fromPort: 5061, to: '10.1.1.1', toPort: 5061 };
        const record = sipRecord('IN', request('OPTIONS'), { ends });
        return mstLines(record, { stamp: stamp((from + index) * 60_000) }).join('');
      }),
    )
      .flat()
      .join('');
  const reportOf = (analyzer: Analyzer, minute: number): readonly string[] => {
    const sink = new CollectingSink();
    const nothing = { linesRead: 0, bytesRead: 0, matched: 0, filesOpened: 0, files: [], reasons: new Map() };
    analyzer.report?.({ nowMs: start + minute * 60_000, newestEventMs: undefined, ...nothing }, sink);
    return sink
      .points()
      .filter((point) => point.startsWith('ecs_sip_trunk,'))
      .map((point) => point.replace(/^.*remote_ip=([\d.]+),\S* (\S+) \d+$/, '$1 $2'));
  };
  // 27 April 2017 was a Thursday; the log begins at 08:40.
  const log = keepAlive(40, 0, 2, 3) + keepAlive(5, 40, 2) + keepAlive(29, 0, 9);

  test('is told while others talk, in the time of the log and within business hours', async () => {
    const analyzer = await freshAnalyzer();
    const sink = new CollectingSink();
    analyzer.lines(chunkOf(Buffer.from(keepAlive(40, 0, 2, 3))), sink);
    expect(reportOf(analyzer, 41)).toEqual(['10.2.2.2 silent_s=0,silent=0i', '10.2.2.3 silent_s=0,silent=0i']);
    analyzer.lines(chunkOf(Buffer.from(keepAlive(4, 40, 2))), sink);
    expect(reportOf(analyzer, 50)).toEqual(['10.2.2.2 silent_s=0,silent=0i', '10.2.2.3 silent_s=240,silent=0i']);
    analyzer.lines(chunkOf(Buffer.from(keepAlive(1, 44, 2))), sink);
    const expected = ['10.2.2.2 silent_s=0,silent=0i', '10.2.2.3 silent_s=300,silent=1i'];
    expect(reportOf(analyzer, 50)).toEqual(expected);
    // The log stands still: nobody talks, so nothing more is known.
    expect(reportOf(analyzer, 500)).toEqual(expected);
    const restored = await freshAnalyzer();
    restored.restore(JSON.parse(JSON.stringify(analyzer.snapshot())) as ReturnType<Analyzer['snapshot']>);
    expect(reportOf(restored, 50)).toEqual(expected);
    analyzer.lines(chunkOf(Buffer.from(keepAlive(1, 45, 2, 3))), sink);
    expect(reportOf(analyzer, 50)).toEqual(['10.2.2.2 silent_s=0,silent=0i', '10.2.2.3 silent_s=0,silent=0i']);
  });

  test.each([
    ['no day of business', { days: [1, 2, 3] }, 'UTC', '0i'],
    ['before it opens', { fromHour: 10 }, 'UTC', '0i'],
    ['by the clock of the site, whose stamps these are', {}, 'Asia/Tokyo', '1i'],
    ['open all night', { days: [1, 2, 3, 4, 5, 6, 7], fromHour: 0, toHour: 24 }, 'UTC', '1i'],
  ])('%s', async (_name, businessHours, timezone, expected) => {
    const analyzer = await ecs.createAnalyzer(await analyzerContext({ businessHours }, timezone));
    analyzer.lines(chunkOf(Buffer.from(log)), new CollectingSink());
    // One that talked in 29 minutes only has no habit of talking yet.
    expect(reportOf(analyzer, 50)).toEqual([
      '10.2.2.2 silent_s=0,silent=0i',
      `10.2.2.3 silent_s=300,silent=${expected}`,
    ]);
  });
});

describe('every line is accounted once', () => {
  const log = [
    ...mstLines(sipRecord('IN', request('INVITE', ['X: '.padEnd(600, 'x')]))),
    '20170427:084000200:1:hmm(9711):MED:[DENYEVT event=1192 d1=1 d2=1]\n',
    ...mstLines(sipRecord('OUT', response(503, 'INVITE')), { process: 'MAP(2)' }),
    ...mstLines(sipRecord('IN', request('BYE'))).map((line) => line.replace(' 42 59', ' 42 5?')),
    ...mstLines(sipRecord('IN', request('BYE', ['X: '.padEnd(300, 'x')]))).slice(1),
    '20170427:084001000:1:MAP(3):MED:[MST  30  8a 00 0a\n',
    '20170427:084001000:1:MAP(4):MED:[MST  4  50 00 00 00]\n',
    '2017xx27:084001000:1:MAP(4):MED:[MST  4  8a 00 00 00]\n',
    '20170427:084001000:1:MAP(5):MED:[MST  4  8a 00 00 00]\n',
    'nothing of ours\n',
  ].join('');

  test('lines are matched, rejected with a reason, or ignored', async () => {
    const { accepted, rejects, points } = await analyze(log);
    expect(rejects).toEqual(['bad_hex', 'torn_line', 'bad_date', 'short']);
    // The three lines of the INVITE, the denial, the response; the line after the damaged one belongs to it.
    expect(accepted).toBe(5);
    expect(fieldsOf(points, 'ecs_sip')).toEqual(['IN INVITE INVITE count=1i', 'OUT INVITE 503 count=1i']);
    expect(points.some((point) => point.startsWith('ecs_denial,'))).toBe(true);
  });

  test('any cut into chunks, and a restart at each, gives the same', async () => {
    const whole = await analyze(log);
    const lines = splitLines(Buffer.from(log));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: lines.length }), { maxLength: 6 }), async (cuts) => {
        const sink = new CollectingSink();
        let analyzer = await freshAnalyzer();
        const places = [...new Set([0, ...cuts, lines.length])].toSorted((one, other) => one - other);
        for (const [index, place] of places.entries()) {
          const part = lines.slice(place, places[index + 1]);
          if (part.length === 0) continue;
          analyzer.lines(chunkOf(Buffer.concat(part)), sink);
          const state = JSON.parse(JSON.stringify(analyzer.snapshot())) as ReturnType<Analyzer['snapshot']>;
          analyzer = await freshAnalyzer();
          analyzer.restore(state);
        }
        expect(sink.points()).toEqual(whole.points);
        expect(sink.rejected.map(({ reason }) => reason)).toEqual(whole.rejects);
      }),
      { numRuns: 60 },
    );
  });
});

test('faults of records are in the report with those of lines, and dialogs are said again', async () => {
  const analyzer = await freshAnalyzer();
  const sink = new CollectingSink();
  const log = [
    at(0, 'IN', request('INVITE')),
    at(10, 'OUT', response(200, 'INVITE')),
    ...mstLines(sipRecord('IN', request('BYE', ['X: '.padEnd(300, 'x')])), { stamp: stamp(20) }).slice(0, 1),
    ...mstLines(sipRecord('IN', request('OPTIONS')), { stamp: stamp(30) }),
  ];
  analyzer.lines(chunkOf(Buffer.from(log.join(''))), sink);
  const report: SourceReport = {
    nowMs: start + 60_000,
    newestEventMs: undefined,
    linesRead: 4,
    bytesRead: 1000,
    matched: 4,
    filesOpened: 1,
    files: [],
    reasons: new Map([['late', 2]]),
  };
  analyzer.report?.(report, sink);
  const said = sink.points().filter((point) => point.endsWith(` ${report.nowMs}`));
  expect(fieldsOf(said, 'ecs_sip_dialogs')).toEqual(['active=1i,peak=1i']);
  expect(
    said
      .filter((point) => point.startsWith('ecs_parser,'))
      .map((point) => point.replace(/^.*reason=(\w+) count=(\d+)i.*$/, '$1 $2')),
  ).toEqual(['late 2', 'truncated 1']);
});
