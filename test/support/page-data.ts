// What the page shows in tests and in pictures: a store with a busy switch's last days, and a dashboard with a panel
// of every type. Always the same numbers for the same end of time.
import { storedTagNames } from '../../src/model/catalogue.ts';
import type { Measurement } from '../../src/model/catalogue.ts';
import { noCounters } from '../../src/model/health.ts';
import type { PipelineStatus } from '../../src/model/health.ts';
import { encodePoint } from '../../src/model/line-protocol.ts';
import type { Output } from '../../src/model/output.ts';
import type { Dashboard } from '../../src/model/panel.ts';
import { switchboardPipeline } from '../../src/model/pipeline.ts';
import { query } from '../../src/model/query.ts';
import {
  ecsDenial,
  ecsFiles,
  ecsIpevt,
  ecsMeasurements,
  ecsMtcAlarm,
  ecsMtcError,
  ecsParser,
  ecsParserTotal,
  ecsProcErr,
} from '../../src/families/ecs/metrics.ts';

/** Everything `fillStore` writes. */
export const pageMeasurements: readonly Measurement[] = [...ecsMeasurements, switchboardPipeline];

/** Tag values that would be markup, script or a statement anywhere they are not taken as text. */
export const hostileValues = [
  '<img src=x onerror=alert(1)>',
  `"><script>document.title='owned'</script>`,
  `'; DROP TABLE ecs_denial; --`,
] as const;

/** Numbers between 0 and 1 that follow from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const denials = [
  ['1934', 'registration', 5],
  ['2012', 'call processing', 3.4],
  ['1220', 'trunk', 2.2],
  ['1751', 'call processing', 1.6],
  ['1166', 'permission', 1.1],
  ['1926', 'registration', 0.8],
  ['2158', 'resource', 0.6],
  ['1378', 'feature', 0.5],
  ['1053', 'trunk', 0.35],
  ['2121', 'feature', 0.2],
] as const;

/** Fills a store with points every 30 s for `hours` up to `endMs`, including incidents an hour before the end. */
export async function fillStore(store: Output, endMs: number, hours: number, hosts = ['cm1', 'cm2']): Promise<void> {
  const random = randomFrom(7);
  const signal = new AbortController().signal;
  let lines = '';
  let points = 0;
  const put = (
    measurement: Measurement,
    timeMs: number,
    own: readonly string[],
    host: string,
    values: object,
  ): void => {
    const fields = measurement.fieldNames.map((name) => (values as Record<string, number | string>)[name]);
    const tags = [...own, host, 'noc-1'];
    if (tags.length !== storedTagNames(measurement).length) throw new Error(`${measurement.name} has other tags`);
    lines += encodePoint({ measurement, tags, fields, timeMs });
    points++;
  };
  const send = async (): Promise<void> => {
    const result = await store.write({ lines: Buffer.from(lines), points }, signal);
    if (result.kind !== 'done' || result.refused.length > 0) throw new Error(JSON.stringify(result));
    lines = '';
    points = 0;
  };
  const stepMs = 30_000;
  const first = Math.floor((endMs - hours * 3_600_000) / stepMs) * stepMs;
  for (let timeMs = first; timeMs < endMs; timeMs += stepMs) {
    const beforeEnd = (endMs - timeMs) / 3_600_000;
    const day = 1 + 0.7 * Math.sin(((timeMs % 86_400_000) / 86_400_000) * 2 * Math.PI - Math.PI / 2);
    for (const [place, host] of hosts.entries()) {
      const size = place === 0 ? 1 : 0.45;
      const isSurge = place === 0 && beforeEnd > 0.8 && beforeEnd < 1.4;
      for (const [event, category, weight] of denials) {
        const level = weight * day * size * (isSurge && category === 'registration' ? 9 : 1);
        const count = Math.floor(level * (0.4 + random() * 1.2) + random());
        if (count > 0) {
          const users = Math.min(count, Math.ceil(count * 0.6));
          put(ecsDenial, timeMs, [event, category], host, {
            count,
            distinct_d1: users,
            distinct_d2: Math.ceil(count / 3),
          });
        }
      }
      if (random() < 0.06)
        put(ecsMtcError, timeMs, [random() < 0.5 ? 'MED-GTWY' : 'UDS1-BD'], host, {
          count: 1 + Math.floor(random() * 3),
          distinct_lname: 1,
        });
      if (beforeEnd > 2.2 && beforeEnd < 2.3 && place === 0)
        put(ecsMtcAlarm, timeMs, ['MED-GTWY'], host, { count: 1, distinct_lname: 1 });
      if (random() < 0.03) put(ecsProcErr, timeMs, [String(7171 + Math.floor(random() * 4) * 13)], host, { count: 1 });
      for (const [event, reason, rate] of [
        ['IPT_REG', 'none', 6],
        ['IPT_UNREG', 'normal', 4],
        ['IPT_TCP_DOWN', 'keepalive', 0.7],
      ] as const) {
        const count = Math.floor(rate * day * size * random() * (isSurge ? 4 : 1) + random());
        if (count > 0)
          put(ecsIpevt, timeMs, [event, reason, '1'], host, {
            count,
            distinct_ext: Math.ceil(count * 0.8),
            distinct_ip: Math.ceil(count * 0.7),
          });
      }
      if (timeMs % 60_000 === 0) {
        put(ecsFiles, timeMs, [], host, {
          opened: 1,
          bytes: 900_000,
          retention_s: 86_000 + random() * 4000,
          newest_age_s: random() * 3,
        });
        put(ecsParserTotal, timeMs, [], host, { lines: 40_000, bytes: 4_000_000, records: 800, lag_s: random() * 2 });
        if (random() < 0.1) put(ecsParser, timeMs, [random() < 0.5 ? 'bad-date' : 'truncated'], host, { count: 1 });
        const records = Math.round(1600 * day * size * (0.8 + random() * 0.4));
        const fields = {
          up: 1,
          health: 0,
          lines_read: records * 50,
          matched: records,
          ignored: records * 49,
          dead_lettered: random() < 0.1 ? 1 : 0,
          late_dropped: 0,
          skipped_long: 0,
        };
        const more = {
          records,
          rejected: 0,
          points: Math.round(records / 4),
          write_errors: 0,
          retries: 0,
          dropped: 0,
          spool_bytes: Math.round(random() * 4e5),
          spool_limit_bytes: 2 ** 30,
        };
        const rest = {
          lag_s: random() * (isSurge ? 40 : 2),
          write_p95_ms: 4 + random() * 9,
          rss_bytes: 92e6 + random() * 4e6,
          eventloop_p99_ms: 2 + random() * 8,
          starts: 0,
          version: '0.1.0',
        };
        put(switchboardPipeline, timeMs, ['ecs', `ecs-${host}`], host, { ...fields, ...more, ...rest });
      }
    }
    if (points > 4000) await send();
  }
  await send();
}

/** One point for each hostile value, as a denial number on a host of its own. */
export async function addHostile(store: Output, timeMs: number): Promise<void> {
  const lines = hostileValues.map((value, index) =>
    encodePoint({
      measurement: ecsDenial,
      tags: [value, 'unknown', 'evil', 'noc-1'],
      fields: [40 + index, 1, 1],
      timeMs,
    }),
  );
  const result = await store.write(
    { lines: Buffer.from(lines.join('')), points: lines.length },
    new AbortController().signal,
  );
  if (result.kind !== 'done') throw new Error(result.reason);
}

const byHost = [{ tag: 'host', variable: 'host' }] as const;

/** A small dashboard with every type of panel. */
export const sampleDashboard: Dashboard = {
  uid: 'test-sample',
  title: 'Sample',
  description: 'A panel of every type.',
  folder: 'Tests',
  tags: [],
  defaultRangeSeconds: 6 * 3600,
  refreshSeconds: 5,
  variables: [
    { name: 'host', label: 'Host', measurement: ecsDenial, tag: 'host' },
    { name: 'event', label: 'Denial', measurement: ecsDenial, tag: 'event' },
  ],
  sections: [
    {
      title: 'Numbers',
      panels: [
        {
          id: 1,
          type: 'stat',
          title: 'Denials',
          description: 'All of them.',
          queries: [query(ecsDenial, { select: [{ field: 'count', aggregate: 'sum' }], where: byHost, over: 'range' })],
          unit: 'short',
          colour: 'value',
          sparkline: true,
          width: 6,
          height: 4,
        },
        {
          id: 2,
          type: 'stat',
          title: 'Sources',
          description: 'Up or down.',
          queries: [
            query(switchboardPipeline, {
              select: [{ field: 'up', aggregate: 'last' }],
              groupBy: ['source'],
              over: 'range',
            }),
          ],
          unit: 'none',
          colour: 'background',
          sparkline: false,
          thresholds: [{ tone: 'critical' }, { from: 1, tone: 'good' }],
          valueTexts: [{ value: 1, text: 'Up', tone: 'good' }],
          width: 12,
          height: 4,
        },
        {
          id: 3,
          type: 'stat',
          title: 'Nothing',
          description: 'A number that is never there.',
          queries: [
            query(ecsParser, {
              select: [{ field: 'count', aggregate: 'sum' }],
              where: [{ tag: 'reason', values: ['never'] }],
              over: 'range',
            }),
          ],
          unit: 'short',
          colour: 'value',
          sparkline: true,
          noValue: 'none yet',
          width: 6,
          height: 4,
        },
      ],
    },
    {
      title: 'Curves and rows',
      panels: [
        {
          id: 4,
          type: 'timeseries',
          title: 'Denials by category',
          description: 'Stacked bars.',
          queries: [
            query(ecsDenial, {
              select: [{ field: 'count', aggregate: 'sum' }],
              where: byHost,
              groupBy: ['category'],
              fill: 'zero',
              minWindowSeconds: 30,
            }),
          ],
          unit: 'short',
          draw: 'bars',
          stacked: true,
          width: 12,
          height: 9,
        },
        {
          id: 5,
          type: 'timeseries',
          title: 'Lag',
          description: 'Lines.',
          queries: [
            query(switchboardPipeline, {
              select: [{ field: 'lag_s', aggregate: 'max' }],
              groupBy: ['source'],
              minWindowSeconds: 60,
            }),
          ],
          unit: 's',
          thresholds: [{ tone: 'good' }, { from: 30, tone: 'critical' }],
          draw: 'lines',
          stacked: false,
          width: 12,
          height: 9,
        },
        {
          id: 6,
          type: 'bargauge',
          title: 'Most frequent denials',
          description: 'Greatest first.',
          queries: [
            query(ecsDenial, {
              select: [{ field: 'count', aggregate: 'sum' }],
              where: [...byHost, { tag: 'event', variable: 'event' }],
              groupBy: ['event'],
              over: 'range',
              top: 10,
            }),
          ],
          unit: 'short',
          width: 8,
          height: 10,
        },
        {
          id: 7,
          type: 'table',
          title: 'Denials in numbers',
          description: 'By number and host.',
          queries: [
            query(ecsDenial, {
              select: [
                { field: 'count', aggregate: 'sum' },
                { field: 'distinct_d1', aggregate: 'max', as: 'users' },
              ],
              where: [...byHost, { tag: 'event', variable: 'event' }],
              groupBy: ['event', 'host'],
              over: 'range',
            }),
          ],
          unit: 'short',
          thresholds: [{ tone: 'neutral' }, { from: 1000, tone: 'warning' }],
          columns: {
            event: { heading: 'Denial' },
            host: { heading: 'Host' },
            count: { heading: 'Count' },
            users: { heading: 'Users' },
          },
          links: [{ title: 'Only this denial', dashboard: 'test-sample', variables: { event: 'event' } }],
          width: 8,
          height: 10,
        },
        {
          id: 8,
          type: 'timeseries',
          title: 'Nothing to draw',
          description: 'No data in any range.',
          queries: [
            query(ecsDenial, {
              select: [{ field: 'count', aggregate: 'sum' }],
              where: [{ tag: 'host', values: ['absent'] }],
            }),
          ],
          unit: 'short',
          draw: 'lines',
          stacked: false,
          width: 8,
          height: 10,
        },
      ],
    },
  ],
};

/** A state with one good and one troubled source. The sums are right. */
export function sampleStatus(nowMs: number): PipelineStatus {
  const counters = {
    ...noCounters(),
    linesRead: 18_234_551,
    bytesRead: 1_940_332_109,
    matched: 365_112,
    ignored: 17_869_411,
    deadLettered: 23,
    lateDropped: 3,
    skippedLong: 2,
    rotations: 412,
    commits: 5210,
    starts: 3,
    filesOpened: 416,
  };
  const duckdb = {
    name: 'duckdb',
    health: 'ok' as const,
    reason: '',
    committed: 84_120,
    accepted: 84_102,
    refused: 0,
    spooled: 18,
    spoolBytes: 2210,
    spoolLimitBytes: 2 ** 30,
    spoolAgeSeconds: 0.4,
    retries: 0,
    lastAcceptedMs: nowMs - 700,
    writeP95Ms: 6.2,
  };
  const good = {
    name: 'ecs-cm1',
    family: 'ecs',
    host: 'cm1',
    health: 'ok' as const,
    reasons: [],
    counters,
    rejects: { 'bad-date': 14, truncated: 9 },
    awaited: [],
    files: [
      {
        path: '/var/log/ecs/2026-1121-150100',
        offset: 812_344,
        size: 812_344,
        lagBytes: 0,
        state: 'waiting',
        hasFault: false,
      },
      {
        path: '/var/log/ecs/2026-1121-145933',
        offset: 1_048_601,
        size: 1_048_601,
        lagBytes: 0,
        state: 'finished',
        hasFault: false,
      },
    ],
    lagBytes: 0,
    lagSeconds: 0,
    newestEventMs: nowMs - 1200,
    openBuckets: 412,
    series: 96,
    overflowed: {},
    commitMs: 3.1,
    isPaused: false,
    outputs: [duckdb],
  };
  const influx = {
    ...duckdb,
    name: 'influx',
    health: 'failing' as const,
    reason: 'HTTP 401: unauthorized. Check the token (outputs.influx.token).',
    accepted: 40_000,
    spooled: 44_120,
    spoolBytes: 930_000_000,
    spoolAgeSeconds: 5400,
    retries: 214,
    lastAcceptedMs: nowMs - 5_400_000,
  };
  const troubled = {
    ...good,
    name: 'ecs-cm2',
    host: 'cm2',
    health: 'failing' as const,
    reasons: ['output influx: a human must act', 'permission denied: /var/log/ecs2/2026-1121-150312'],
    awaited: ['/var/log/ecs3/20*'],
    files: [
      {
        path: '/var/log/ecs2/2026-1121-150312',
        offset: 120,
        size: 90_300,
        lagBytes: 90_180,
        state: 'permission denied',
        hasFault: true,
      },
    ],
    lagBytes: 90_180,
    lagSeconds: 340,
    overflowed: { ecs_ipevt: 12 },
    isPaused: true,
    outputs: [duckdb, influx],
  };
  return {
    version: '0.1.0',
    startedMs: nowMs - 93_784_000,
    health: 'failing',
    sources: [good, troubled],
    rssBytes: 94_371_840,
    eventLoopP99Ms: 4.6,
  };
}
