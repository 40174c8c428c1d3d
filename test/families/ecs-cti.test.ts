// What the analyzer makes of decoded traces (ecs 6.3, 6.4 and 7): messages to CTI servers, silence of links.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ecs } from '../../src/families/ecs/index.ts';
import type { Analyzer, LogFile } from '../../src/model/family.ts';
import { analyze, analyzerContext, chunkOf, CollectingSink, logFile, splitLines } from './collecting-sink.ts';

const minute = 60_000;

/** A message as the analyzer of traces prints it. */
function message(time: string, link: number | string, event?: string, head = '50 <-- DOMAIN  crv 4_0251'): string {
  const lines = [
    `   101  ${time} ${head}`,
    `      CTI Link number: ${link}`,
    '      CALLING PARTY NUMBER: 5551234',
    ...(event === undefined ? [] : [`      SPECIFIC EVENT: 45 ${event}`]),
    '      CONNECTED NUMBER: #####',
  ];
  return `${lines.join('\n')}\n\n`;
}

const title = 'Message Trace of cm1, begun 04/27/17\n\n';
const file = (name = 'trace.m', modifiedMs = Date.UTC(2017, 3, 28, 12), id = 1): LogFile => ({
  ...logFile(name, modifiedMs),
  id,
});

/** Counts as `link event count` by the minute they began in. */
function counts(points: readonly string[]): readonly string[] {
  return points.map((point) => {
    const [, event = '', link = '', count = '', timeMs = ''] =
      /^ecs_asai,event=((?:[^,\\]|\\.)*),host=cm1,instance=test,link=(\d+) count=(\d+)i (\d+)$/.exec(point) ?? [point];
    return `${new Date(Number(timeMs)).toISOString().slice(5, 16)} ${link} ${event.replaceAll('\\', '')} ${count}`;
  });
}

async function fresh(timezone = 'UTC'): Promise<Analyzer> {
  return ecs.createAnalyzer(await analyzerContext({}, timezone));
}

function lagOf(analyzer: Analyzer, nowMs: number): readonly string[] {
  const sink = new CollectingSink();
  const nothing = { linesRead: 0, bytesRead: 0, matched: 0, filesOpened: 0, files: [], reasons: new Map() };
  analyzer.report?.({ nowMs, newestEventMs: undefined, ...nothing }, sink);
  return sink
    .points()
    .filter((point) => /^ecs_(?:cti_lag|parser),/.test(point))
    .map((point) => point.replace(/^.*(?:link|reason)=(\w+) \w+=(\S+) \d+$/, '$1 $2'));
}

describe('messages to a CTI server', () => {
  test('are counted by link and event at their time; all other lines are passed over', async () => {
    const text = [
      title,
      message('09:06:04.785', 4, 'alerting'),
      message('09:06:05.000', 4, 'answered'),
      message('09:06:06.000', 7, 'alerting'),
      message('09:06:07.000', 4, 'alerting'),
      message('09:06:08.000', 4),
      message('09:06:09.000', 4, 'alerting', '50 --> DOMAIN'),
      message('09:06:10.000', 4, 'alerting', '82 == INFO crv 0_0001'),
    ].join('');
    const { points, accepted, rejects } = await analyze(text, { file: file(), timezone: 'America/New_York' });
    expect(counts(points)).toEqual([
      '04-27T13:06 4 alerting 2',
      '04-27T13:06 7 alerting 1',
      '04-27T13:06 4 answered 1',
      '04-27T13:06 4 none 1',
    ]);
    expect({ accepted, rejects }).toEqual({ accepted: 5, rejects: [] });
  });

  test.each([
    ['with the day of the title, past midnight', title, Date.UTC(2020, 0, 1), ['04-27T23:59', '04-28T00:01']],
    ['with the day the file was last written to', '', Date.UTC(2017, 5, 2, 0, 1, 30), ['06-01T23:59', '06-02T00:01']],
    ['of a title that is no day', '13/45/17\n\n', Date.UTC(2017, 5, 2, 0, 1, 30), ['06-01T23:59', '06-02T00:01']],
  ])('are dated %s', async (_name, head, modifiedMs, expected) => {
    // The first message of a file that says no day is the last one before it was written to.
    const text = head + message('23:59:30.000', 4, 'hold', '82 == INFO') + message('23:59:31.000', 4, 'hold');
    const { points } = await analyze(text + message('00:01:00.000', 4, 'hold'), { file: file('a.m', modifiedMs) });
    expect(counts(points)).toEqual(expected.map((time) => `${time} 4 hold 1`));
  });

  test('that are damaged are told: no such time, no link', async () => {
    const analyzer = await fresh();
    const sink = new CollectingSink();
    const text =
      title +
      message('25:06:04.785', 4, 'alerting') +
      message('09:06:05.000', 'x', 'alerting') +
      message('09:06:06.000', 5);
    analyzer.lines(chunkOf(Buffer.from(text), file()), sink);
    expect(sink.rejected.map(({ reason }) => reason)).toEqual(['bad_date']);
    expect(counts(sink.points())).toEqual(['04-27T09:06 5 none 1']);
    expect(lagOf(analyzer, Date.UTC(2017, 3, 27, 9, 6, 16))).toEqual(['5 10', 'malformed 1i']);
  });

  test('that are too late are not counted', async () => {
    const analyzer = await fresh();
    const sink = new CollectingSink();
    sink.accepts = false;
    analyzer.lines(chunkOf(Buffer.from(title + message('09:06:04.785', 4, 'alerting')), file()), sink);
    expect(sink.points()).toEqual([]);
    expect(lagOf(analyzer, Date.UTC(2017, 3, 27, 9, 7))).toEqual([]);
  });

  test('at the end of a file without an empty line are counted when the next one begins', async () => {
    const analyzer = await fresh();
    const sink = new CollectingSink();
    analyzer.lines(chunkOf(Buffer.from(`${title}${message('09:06:04.785', 4).trimEnd()}\n`), file()), sink);
    expect(sink.points()).toEqual([]);
    analyzer.lines(chunkOf(Buffer.from(title), file('next.m', undefined, 2)), sink);
    expect(counts(sink.points())).toEqual(['04-27T09:06 4 none 1']);
  });

  test('events are printable and short', async () => {
    const text = title + message('09:06:04.785', 4, `\u001b[31m${'x'.repeat(3000)}`);
    const { points } = await analyze(text, { file: file() });
    expect(points[0]).not.toContain('\u001b');
    expect(points[0]?.length).toBeLessThan(200);
  });

  const log = [
    title,
    message('23:58:04.785', 4, 'alerting'),
    message('23:59:06.000', 7, 'answered', '50 <-- DOMAIN crv 7_0252').replace(
      'CTI Link number: 7',
      'CTI Link number 7',
    ),
    message('xx:59:06.000', 7, 'answered'),
    message('23:59:59.999', 4),
    message('00:00:01.000', 4, 'busy/unavailable').replaceAll('\n', '\r\n'),
    message('00:75:01.000', 4, 'hold'),
    '   just words\n',
    message('00:10:01.000', 4, 'drop'),
  ].join('');

  test('any cut into chunks, a restart at each, and another name give the same', async () => {
    const whole = await analyze(log, { file: file() });
    expect(counts(whole.points)).toEqual([
      '04-27T23:58 4 alerting 1',
      '04-27T23:59 7 answered 1',
      '04-28T00:00 4 busy/unavailable 1',
      '04-28T00:10 4 drop 1',
      '04-27T23:59 4 none 1',
    ]);
    const lines = splitLines(Buffer.from(log));
    const cuts = fc.array(fc.integer({ min: 1, max: lines.length - 1 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(cuts, fc.boolean(), async (places, restarts) => {
        const sink = new CollectingSink();
        let analyzer = await fresh();
        const starts = [...new Set([0, ...places, lines.length])].toSorted((one, other) => one - other);
        for (const [index, place] of starts.entries()) {
          const part = Buffer.concat(lines.slice(place, starts[index + 1]));
          if (part.length === 0) continue;
          const offset = lines.slice(0, place).reduce((sum, line) => sum + line.length, 0);
          // Renamed while it is read, or read on by another process.
          analyzer.lines(chunkOf(part, file(restarts ? 'trace.m' : `trace.${index}.m`), offset), sink);
          if (!restarts) continue;
          const state = JSON.parse(JSON.stringify(analyzer.snapshot())) as ReturnType<Analyzer['snapshot']>;
          analyzer = await fresh();
          analyzer.restore(state);
        }
        expect(sink.points()).toEqual(whole.points);
        expect([sink.accepted.length, sink.rejected.map(({ reason }) => reason)]).toEqual([5, ['bad_date']]);
      }),
      { numRuns: 60 },
    );
  });

  test('nothing throws, whatever the file holds', async () => {
    const analyzer = await fresh();
    const sink = new CollectingSink();
    let offset = 0;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, isMessage) => {
        const noise = Buffer.concat([Buffer.from(bytes), Buffer.from('\n')]);
        const part = isMessage ? Buffer.concat([Buffer.from(message('09:06:04.785', 4, 'x')), noise]) : noise;
        analyzer.lines(chunkOf(part, file(), offset++), sink);
        analyzer.restore(JSON.parse(JSON.stringify(analyzer.snapshot())) as ReturnType<Analyzer['snapshot']>);
      }),
    );
  });
});

describe('the silence of a link', () => {
  test('is told of each link, over a restart, until it has been silent for a day', async () => {
    const analyzer = await fresh();
    const text = title + message('09:00:00.000', 4, 'alerting') + message('09:10:00.000', 7, 'alerting');
    analyzer.lines(chunkOf(Buffer.from(text), file()), new CollectingSink());
    const nineMs = Date.UTC(2017, 3, 27, 9);
    expect(lagOf(analyzer, nineMs + 20 * minute)).toEqual(['4 1200', '7 600']);
    const restored = await fresh();
    restored.restore(JSON.parse(JSON.stringify(analyzer.snapshot())) as ReturnType<Analyzer['snapshot']>);
    expect(lagOf(restored, nineMs + 20 * minute)).toEqual(['4 1200', '7 600']);
    expect(lagOf(restored, nineMs + 24 * 60 * minute)).toEqual(['7 85800']);
  });
});

test('a state of an earlier version has no traces', async () => {
  const analyzer = await fresh();
  const state = analyzer.snapshot() as Record<string, never>;
  const { cti: _cti, ...older } = state;
  analyzer.restore(older);
  expect(lagOf(analyzer, 0)).toEqual([]);
});
