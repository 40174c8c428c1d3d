// The generated corpora beside the repository, with the truth of each minute; skipped where they are absent.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ecs } from '../../src/families/ecs/index.ts';
import { analyzerContext, chunkOf, CollectingSink, logFile } from './collecting-sink.ts';
import { memoryInputs, runCount } from './memory-inputs.ts';

const root = fileURLToPath(new URL('../../../shared/corpora/ecs/', import.meta.url));
const names = [
  ['denial', 'denial', 'event='],
  ['mtc_alm', 'alarm', 'type='],
  ['mtc_err', 'error', 'type='],
  ['proc_err', 'proc_err', 'pro='],
] as const;
type Counts = Record<string, number>;
/** Numbers by kind of event; of SIP by trunk, direction and kind of message. */
type Minute = Record<string, Counts> & { readonly sip?: Record<string, Record<string, Counts>> };

function load(corpus: string): {
  files: Record<string, Buffer>;
  minutes: Record<string, Minute>;
  malformed: number;
  unparsed: Counts;
} {
  const truth = JSON.parse(readFileSync(`${root}${corpus}/truth.json`, 'utf8')) as {
    files: string[];
    minutes: Record<string, Minute>;
    malformed_denial_lines: number;
    unparsed: Counts;
  };
  const files = Object.fromEntries(truth.files.map((name) => [name, readFileSync(`${root}${corpus}/${name}`)]));
  return { files, minutes: truth.minutes, malformed: truth.malformed_denial_lines, unparsed: truth.unparsed };
}

function minuteMs(minute: string): number {
  const [, year, month, day, hour, of] = /^(\d{4})(\d\d)(\d\d):(\d\d)(\d\d)$/.exec(minute) ?? [];
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(of));
}

/** Messages of the truth as `time local remote transport direction kind`. */
function trueMessages(minutes: Readonly<Record<string, Minute>>): Counts {
  const messages: Counts = {};
  for (const [minute, { sip = {} }] of Object.entries(minutes)) {
    for (const [trunk, sides] of Object.entries(sip)) {
      const [local, remote, transport] = trunk.split('|').map((part) => part.split(':')[0]);
      for (const [direction, kinds] of Object.entries(sides)) {
        for (const [kind, count] of Object.entries(kinds)) {
          messages[[minuteMs(minute), local, remote, transport, direction, kind].join(' ')] = count;
        }
      }
    }
  }
  return messages;
}

/** Messages of points of `ecs_sip`, named as those of the truth. */
function sipMessages(points: readonly string[]): Counts {
  const messages: Counts = {};
  for (const point of points) {
    const [series = '', fields = '', timeMs = ''] = point.split(' ');
    if (!series.startsWith('ecs_sip,')) continue;
    const tags = Object.fromEntries(
      series
        .split(',')
        .slice(1)
        .map((pair) => pair.split('=')),
    );
    const type = String(tags['type']);
    const kind = /^\d/.test(type) ? `${type}/${String(tags['method'])}` : type;
    const name = [timeMs, tags['local_ip'], tags['remote_ip'], tags['transport'], tags['direction'], kind].join(' ');
    messages[name] = (messages[name] ?? 0) + Number(/count=(\d+)i/.exec(fields)?.[1]);
  }
  return messages;
}

test.skipIf(!existsSync(root)).each(['friendly', 'hard'])('ecs count over %s equals its truth', async (corpus) => {
  const { files, minutes, malformed } = load(corpus);
  const options = { ecs: names.map(([, name]) => name).join(','), timepos: 'MIN', json: true };
  const result = await runCount({}, options, { names: Object.keys(files), openInputs: memoryInputs(files, 65_536) });
  const counted = JSON.parse(result.stdout) as {
    tables: { name: string; intervals: string[]; rows: { label: string; counts: number[] }[] }[];
    unusable: number;
  };
  expect(counted.unusable).toBe(malformed);
  for (const [truthName, name, label] of names) {
    const table = counted.tables.find((candidate) => candidate.name === name);
    const found: Record<string, Record<string, number>> = {};
    for (const row of table?.rows ?? []) {
      row.counts.forEach((count, index) => {
        if (count > 0) (found[table?.intervals[index] ?? ''] ??= {})[row.label.replace(label, '')] = count;
      });
    }
    const truth = Object.fromEntries(
      Object.entries(minutes).map(([minute, counts]) => [minute, counts[truthName] ?? {}]),
    );
    expect(found).toEqual(truth);
  }
});

test.skipIf(!existsSync(root)).each(['friendly', 'hard'])('the analyzer over %s equals its truth', async (corpus) => {
  const { files, minutes, malformed, unparsed } = load(corpus);
  const analyzer = await ecs.createAnalyzer(await analyzerContext());
  const sink = new CollectingSink(60_000);
  for (const [name, bytes] of Object.entries(files)) analyzer.lines(chunkOf(bytes, logFile(name)), sink);
  // Records that are still open end when their process begins another one; this type is passed over.
  const processes = new Set(
    Object.values(files).flatMap((bytes) => bytes.toString('latin1').match(/\w+\(\d+\)/g) ?? []),
  );
  const after = [...processes].map((name) => `20170427:090000000:1:${name}:MED:[MST  4  50 00 00 00]\n`).join('');
  analyzer.lines(chunkOf(Buffer.from(after)), sink);
  const rejects = sink.rejected.map(({ reason }) => reason);
  expect(rejects.filter((reason) => reason === 'torn_line')).toHaveLength(malformed);
  expect(rejects.filter((reason) => reason === 'bad_hex')).toHaveLength(unparsed['bad_hex'] ?? 0);
  expect(rejects).toHaveLength(malformed + (unparsed['bad_hex'] ?? 0));
  const measured: Record<string, number> = {};
  for (const point of sink.points()) {
    const [, measurement, tag, count, timeMs] =
      /^ecs_(denial|mtc_alarm|mtc_error|proc_err),.*?(?:event|type|pro)=(\w+).* count=(\d+)i.* (\d+)$/.exec(point) ??
      [];
    if (measurement !== undefined) measured[`${measurement} ${tag} ${timeMs}`] = Number(count);
  }
  const expected: Record<string, number> = {};
  const measurements = { denial: 'denial', mtc_alm: 'mtc_alarm', mtc_err: 'mtc_error', proc_err: 'proc_err' };
  for (const [minute, counts] of Object.entries(minutes)) {
    const timeMs = minuteMs(minute);
    for (const [truthName, name] of Object.entries(measurements)) {
      for (const [value, count] of Object.entries(counts[truthName] ?? {}))
        expected[`${name} ${value} ${timeMs}`] = count;
    }
  }
  expect(measured).toEqual(expected);
  expect(sipMessages(sink.points())).toEqual(trueMessages(minutes));
});
