// Thirty days of a site with eight switches for the benchmark of the embedded store: denials, IP endpoint events,
// maintenance and process errors in buckets of 10 s, and the reports of every source each 15 s, in line protocol and
// in the order of time. Always the same points.
import {
  ecsDenial,
  ecsFiles,
  ecsIpevt,
  ecsMtcAlarm,
  ecsMtcError,
  ecsParserTotal,
  ecsProcErr,
} from '../src/families/ecs/metrics.ts';
import type { Measurement } from '../src/model/catalogue.ts';
import { seriesHead } from '../src/model/line-protocol.ts';
import { switchboardPipeline } from '../src/model/pipeline.ts';
import { randomFrom } from '../test/support/page-data.ts';

/** Days that are filled. */
export const filledDays = 30;

/** Names of so many switches. */
export function hostNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `cm${index + 1}`);
}

const stepMs = 5000;
const bucketMs = 10_000;
const reportMs = 15_000;
const dayMs = 86_400_000;

/** Series of one host that share a rhythm: how many of them have a count in a bucket, on average at noon. */
interface Kind {
  readonly measurement: Measurement;
  readonly series: readonly (readonly string[])[];
  readonly perBucket: number;
  readonly fields: (count: number) => string;
}

const categories = ['registration', 'call processing', 'trunk', 'permission', 'resource', 'feature'] as const;
const ipEvents = ['IPT_REG', 'IPT_UNREG', 'IPT_TCP_UP', 'IPT_TCP_DOWN'] as const;
const reasons = ['normal', 'timeout', '2010', '2012', 'endpoint_request'] as const;

const numbered = (count: number, of: (index: number) => string[]): readonly (readonly string[])[] =>
  Array.from({ length: count }, (_, index) => of(index));

const kinds: readonly Kind[] = [
  {
    measurement: ecsDenial,
    series: numbered(40, (index) => [String(1900 + index), categories[index % categories.length] ?? '']),
    perBucket: 1.4,
    fields: (count) => `count=${count}i,distinct_d1=${Math.ceil(count * 0.7)}i,distinct_d2=${Math.ceil(count / 3)}i`,
  },
  {
    measurement: ecsIpevt,
    series: numbered(60, (index) => [
      ipEvents[index % ipEvents.length] ?? '',
      reasons[index % reasons.length] ?? '',
      String(1 + (index % 12)),
    ]),
    perBucket: 1.1,
    fields: (count) => `count=${count}i,distinct_ext=${Math.ceil(count * 0.8)}i,distinct_ip=${Math.ceil(count * 0.8)}i`,
  },
  {
    measurement: ecsMtcError,
    series: numbered(12, (index) => [`DS1-BD${index}`]),
    perBucket: 0.14,
    fields: (count) => `count=${count}i,distinct_lname=1i`,
  },
  {
    measurement: ecsMtcAlarm,
    series: numbered(12, (index) => [`DS1-BD${index}`]),
    perBucket: 0.02,
    fields: (count) => `count=${count}i,distinct_lname=1i`,
  },
  {
    measurement: ecsProcErr,
    series: numbered(25, (index) => [String(7000 + index)]),
    perBucket: 0.18,
    fields: (count) => `count=${count}i`,
  },
];

const instance = 'noc-1';

/** Sums that the store must give back, by measurement. */
export type Ledger = Map<string, { points: number; sum: number }>;

/** What is to be written. */
export interface SiteSettings {
  readonly hosts: readonly string[];
  /** Multiples of 30 s. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Points of one text, about. */
  readonly size: number;
  /** Counts what was written. */
  readonly ledger: Ledger;
}

/** The points of a span of time, in texts. */
export function* sitePoints({ hosts, fromMs, toMs, size, ledger }: SiteSettings): Generator<{
  readonly text: string;
  readonly points: number;
}> {
  const random = randomFrom(11);
  let text = '';
  let points = 0;
  const put = (measurement: Measurement, head: string, fields: string, timeMs: number, added: number): void => {
    text += `${head} ${fields} ${timeMs}\n`;
    points++;
    const entry = ledger.get(measurement.name) ?? { points: 0, sum: 0 };
    entry.points++;
    entry.sum += added;
    ledger.set(measurement.name, entry);
  };
  const heads = hosts.map((host) =>
    kinds.map(({ measurement, series }) => series.map((own) => seriesHead(measurement, [...own, host, instance]))),
  );
  const reports = hosts.map((host) => ({
    files: seriesHead(ecsFiles, [host, instance]),
    parser: seriesHead(ecsParserTotal, [host, instance]),
    pipeline: seriesHead(switchboardPipeline, ['ecs', `ecs-${host}`, host, instance]),
  }));
  for (let timeMs = fromMs; timeMs < toMs; timeMs += stepMs) {
    const rhythm = 1 + 0.7 * Math.sin(((timeMs % dayMs) / dayMs) * 2 * Math.PI - Math.PI / 2);
    for (let host = 0; host < hosts.length; host++) {
      if (timeMs % bucketMs === 0) {
        for (let index = 0; index < kinds.length; index++) {
          const kind = kinds[index];
          const series = heads[host]?.[index];
          if (!kind || !series) continue;
          const expected = kind.perBucket * rhythm;
          const found = Math.min(series.length, Math.floor(expected + random()));
          // The square makes the first series of a kind the frequent ones; a step keeps them apart.
          let place = Math.floor(random() * random() * series.length);
          for (let number = 0; number < found; number++) {
            const count = 1 + Math.floor(random() * 9);
            put(kind.measurement, series[place] ?? '', kind.fields(count), timeMs, count);
            place = (place + 1 + Math.floor(random() * 3)) % series.length;
          }
        }
      }
      const report = reports[host];
      if (timeMs % reportMs !== 0 || !report) continue;
      const lines = 1000 + Math.floor(random() * 500 * rhythm);
      const records = Math.floor(lines / 40);
      const bytes = lines * 106;
      put(ecsFiles, report.files, `opened=1i,bytes=${bytes}i,retention_s=86400,newest_age_s=1.5`, timeMs, 1);
      put(
        ecsParserTotal,
        report.parser,
        `lines=${lines}i,bytes=${bytes}i,records=${records}i,lag_s=0.4`,
        timeMs,
        lines,
      );
      put(
        switchboardPipeline,
        report.pipeline,
        `up=1i,health=0i,lines_read=${lines}i,matched=${records}i,ignored=${lines - records}i,dead_lettered=0i,` +
          `late_dropped=0i,skipped_long=0i,records=${records}i,rejected=0i,points=${records}i,write_errors=0i,` +
          `retries=0i,dropped=0i,spool_bytes=${records * 100}i,spool_limit_bytes=1073741824i,lag_s=0.4,` +
          `write_p95_ms=${5 + (records % 9)},rss_bytes=${90_000_000 + records * 1000}i,eventloop_p99_ms=4.5,` +
          `starts=0i,version="0.1.0"`,
        timeMs,
        lines,
      );
    }
    if (points >= size) {
      yield { text, points };
      text = '';
      points = 0;
    }
  }
  if (points > 0) yield { text, points };
}
