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
type Minute = Record<string, Record<string, number>>;

function load(corpus: string): { files: Record<string, Buffer>; minutes: Record<string, Minute>; malformed: number } {
  const truth = JSON.parse(readFileSync(`${root}${corpus}/truth.json`, 'utf8')) as {
    files: string[];
    minutes: Record<string, Minute>;
    malformed_denial_lines: number;
  };
  const files = Object.fromEntries(truth.files.map((name) => [name, readFileSync(`${root}${corpus}/${name}`)]));
  return { files, minutes: truth.minutes, malformed: truth.malformed_denial_lines };
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
  const { files, minutes, malformed } = load(corpus);
  const analyzer = await ecs.createAnalyzer(await analyzerContext());
  const sink = new CollectingSink(60_000);
  for (const [name, bytes] of Object.entries(files)) analyzer.lines(chunkOf(bytes, logFile(name)), sink);
  expect(sink.rejected.map(({ reason }) => reason)).toEqual(Array.from({ length: malformed }, () => 'torn_line'));
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
    const [, year, month, day, hour, of] = /^(\d{4})(\d\d)(\d\d):(\d\d)(\d\d)$/.exec(minute) ?? [];
    const timeMs = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(of));
    for (const [truthName, name] of Object.entries(measurements)) {
      for (const [value, count] of Object.entries(counts[truthName] ?? {}))
        expected[`${name} ${value} ${timeMs}`] = count;
    }
  }
  expect(measured).toEqual(expected);
});
