// The samples of the families: one folder per case, found here and run by the test and by `npm run samples:update`.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { families } from '../../src/app/registry.ts';
import type { Family } from '../../src/model/family.ts';
import { chunkOf, CollectingSink } from './collecting-sink.ts';

/** One case. */
export interface SampleCase {
  readonly title: string;
  readonly directory: string;
  readonly family: Family;
}

/** What a case gives: files of lines, each ending with a line feed, or empty. */
export interface SampleResult {
  readonly points: string;
  readonly rejects: string;
}

/** How a case is run; everything has a default. */
interface CaseSettings {
  readonly timezone?: string;
  readonly file?: string;
  /** ISO time of the file's last change. */
  readonly modified?: string;
  readonly options?: unknown;
}

/** All cases of all families, in order of their names. */
export function findSampleCases(): SampleCase[] {
  return families.flatMap((family) => {
    const root = fileURLToPath(new URL(`../../src/families/${family.name}/samples`, import.meta.url));
    return readdirSync(root)
      .toSorted()
      .map((name) => ({ title: `${family.name}/${name}`, directory: join(root, name), family }));
  });
}

/** Runs a case: its points as sorted line protocol, and its rejects as line number and reason. */
export async function runSampleCase({ directory, family }: SampleCase): Promise<SampleResult> {
  const settingsPath = join(directory, 'options.yaml');
  const settings = (existsSync(settingsPath) ? parse(readFileSync(settingsPath, 'utf8')) : {}) as CaseSettings;
  const analyzer = await family.createAnalyzer({
    options: (await family.options()).parse(settings.options ?? {}),
    timezone: settings.timezone ?? 'UTC',
    host: 'cm1',
  });
  const name = settings.file ?? 'input.log';
  const modifiedMs = Date.parse(settings.modified ?? '2017-04-27T12:00:00Z');
  const bytes = readFileSync(join(directory, 'input.log'));
  const chunk = chunkOf(bytes, { path: `/samples/${name}`, name, modifiedMs, id: 1 });
  const sink = new CollectingSink();
  analyzer.lines(chunk, sink);
  const rejects = sink.rejected.map(({ start, reason }) => {
    const before = bytes.toString('latin1', 0, start - chunk.start);
    return `${before.split('\n').length} ${reason}`;
  });
  return { points: lines(sink.points()), rejects: lines(rejects) };
}

function lines(list: readonly string[]): string {
  return list.map((line) => `${line}\n`).join('');
}
