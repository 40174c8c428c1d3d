import { expect, test } from 'vitest';
import { readConfiguration } from '../../src/app/config.ts';
import { PipelineReport } from '../../src/app/pipeline-report.ts';
import { noCounters } from '../../src/model/health.ts';
import type { OutputStatus, SourceCounters, SourceStatus } from '../../src/model/health.ts';
import { encodePoint } from '../../src/model/line-protocol.ts';
import { testCatalogue } from '../support/catalogue.ts';

const figures = { rssBytes: 1000, eventLoopP99Ms: 2.5, version: '1.2.3' };

function status(counters: Partial<SourceCounters>, output: Partial<OutputStatus> = {}): SourceStatus {
  const base: OutputStatus = {
    name: 'o',
    health: 'ok',
    reason: '',
    committed: 0,
    accepted: 0,
    refused: 0,
    spooled: 0,
    spoolBytes: 0,
    spoolLimitBytes: 100,
    spoolAgeSeconds: 0,
    retries: 0,
    lastAcceptedMs: undefined,
    writeP95Ms: 0,
  };
  return {
    name: 's',
    family: 'words',
    host: 'h',
    health: 'degraded',
    reasons: [],
    counters: { ...noCounters(), ...counters },
    rejects: {},
    awaited: [],
    files: [],
    lagBytes: 0,
    lagSeconds: 4,
    newestEventMs: undefined,
    openBuckets: 0,
    series: 0,
    overflowed: {},
    commitMs: 0,
    isPaused: false,
    outputs: [{ ...base, ...output }],
  };
}

async function report(): Promise<PipelineReport> {
  const text = 'instance: i\nsources: [{ family: words, host: h, paths: [x], name: s }]';
  const surroundings = { catalogue: testCatalogue(), environment: {} };
  return new PipelineReport((await readConfiguration(text, 'x.yaml', surroundings)).sources[0]!);
}

function fields(line: string): Record<string, string> {
  const text = line.slice(line.indexOf(' ') + 1, line.lastIndexOf(' '));
  return Object.fromEntries(text.split(',').map((pair) => pair.split('=') as [string, string]));
}

test('there is nothing to report before the source has begun', async () => {
  expect((await report()).next(status({}), figures, 1)).toBeUndefined();
});

test('each report holds what was done since the one before, whatever an earlier process did', async () => {
  const source = await report();
  source.begin(status({ linesRead: 1000, matched: 10, starts: 7 }, { accepted: 500, retries: 3 }));
  const grown = status(
    { linesRead: 1100, matched: 15, ignored: 80, deadLettered: 2, lateDropped: 1, skippedLong: 2, starts: 7 },
    { accepted: 520, refused: 1, retries: 4, spoolBytes: 30, writeP95Ms: 12 },
  );
  const first = encodePoint(source.next(grown, figures, 15_000)!);
  expect(first).toMatch(/^switchboard_pipeline,family=words,host=h,instance=i,source=s .* 15000\n$/);
  expect(fields(first)).toEqual({
    up: '1i',
    health: '1i',
    lines_read: '100i',
    matched: '5i',
    ignored: '80i',
    dead_lettered: '2i',
    late_dropped: '1i',
    skipped_long: '2i',
    records: '10i',
    rejected: '5i',
    points: '20i',
    write_errors: '1i',
    retries: '1i',
    dropped: '0i',
    spool_bytes: '30i',
    spool_limit_bytes: '100i',
    lag_s: '4',
    write_p95_ms: '12',
    rss_bytes: '1000i',
    eventloop_p99_ms: '2.5',
    starts: '1i',
    version: '"1.2.3"',
  });
  const second = fields(encodePoint(source.next(grown, figures, 30_000)!));
  expect(second).toMatchObject({ lines_read: '0i', points: '0i', starts: '0i', up: '1i' });
});
