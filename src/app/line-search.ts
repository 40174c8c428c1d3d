// Finds the lines behind a number in the logs of configured sources, running or not: their notes are in the state folder.
import { findLines } from '../engine/line-finder.ts';
import type { SearchResult } from '../engine/line-finder.ts';
import { EvidencePage } from '../engine/line-evidence.ts';
import type { SegmentTimes } from '../engine/line-index-files.ts';
import { lineIndexDirectory } from '../engine/run.ts';
import type { GoneLog, LineAnswer, LineCondition, LineQuestion, LineSearch } from '../model/lines.ts';
import type { Configuration, SourceConfiguration } from './configuration.ts';
import { sourceDirectory } from './source-options.ts';

/** Searches the sources of the configuration of the moment. */
export function lineSearch(current: () => Pick<Configuration, 'sources' | 'stateDirectory'>): LineSearch {
  const known: SegmentTimes = new Map();
  return {
    find(question, signal) {
      const { sources, stateDirectory } = current();
      return searchSources(sources, stateDirectory, known, question, signal);
    },
  };
}

async function searchSources(
  sources: readonly SourceConfiguration[],
  stateDirectory: string,
  known: SegmentTimes,
  question: LineQuestion,
  signal: AbortSignal,
): Promise<LineAnswer> {
  const page = new EvidencePage(question.skip, question.limit);
  const gone: GoneLog[] = [];
  const notes: string[] = [];
  for (const source of sources) {
    if (!isAsked(source, question)) continue;
    const { family, options, timezone, host, bucketSeconds, rotatedPattern, maxLineBytes } = source;
    const analyzer = await family.createAnalyzer({ options, timezone, host });
    const directory = lineIndexDirectory(sourceDirectory(stateDirectory, source.name));
    const wanted = wantedSamples(question, (question.measurement.bucketSeconds ?? bucketSeconds) * 1000);
    const result = await findLines(
      { host, directory, known, rotatedPattern, maxLineBytes, analyzer },
      wanted,
      page,
      signal,
    );
    gone.push(...result.gone);
    notes.push(...notesOf(source.name, result));
  }
  const { total, amount, lines, next } = page;
  return { total, amount, lines, next, gone, notes };
}

/** True when the source can have such series. */
export function isAsked(
  { family, host, instance }: SourceConfiguration,
  { measurement, where }: LineQuestion,
): boolean {
  if (!family.measurements.some(({ name }) => name === measurement.name)) return false;
  return where.every(
    (condition) =>
      (condition.tag !== 'host' || holds(condition, host)) &&
      (condition.tag !== 'instance' || holds(condition, instance)),
  );
}

/** The samples that a question means, of a source with buckets of this width. */
export function wantedSamples(
  { measurement, fields, where, fromMs, toMs, ofBuckets }: LineQuestion,
  bucketMs: number,
): Parameters<typeof findLines>[1] {
  const own = where.flatMap((condition) => {
    const place = measurement.tagNames.indexOf(condition.tag);
    return place < 0 ? [] : [{ condition, place }];
  });
  const firstBucket = (timeMs: number): number => Math.ceil(timeMs / bucketMs) * bucketMs;
  return {
    measurement,
    fields,
    fromMs: ofBuckets ? firstBucket(fromMs) : fromMs,
    toMs: ofBuckets ? firstBucket(toMs) : toMs,
    isWanted: (tags) => own.every(({ condition, place }) => holds(condition, tags[place] ?? '')),
  };
}

function holds({ values, isExcluded }: LineCondition, value: string): boolean {
  return values.includes(value) !== isExcluded;
}

function notesOf(name: string, { isIndexed, isCut, uncertain }: SearchResult): string[] {
  const notes: string[] = [];
  if (!isIndexed)
    notes.push(`${name} has noted no lines: it has not read anything yet, or its state was made elsewhere`);
  if (isCut) notes.push(`${name} has given up its oldest notes: lines of long ago may be missing`);
  if (uncertain > 0) {
    notes.push(`a part of the logs of ${name} was read without what was known then: a few lines may be more or fewer`);
  }
  return notes;
}
