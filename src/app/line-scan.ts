// Finds the lines behind a number in files that no source has noted: by reading all of them.
import { EvidencePage, EvidenceSink } from '../engine/line-evidence.ts';
import { openInputs } from '../engine/inputs.ts';
import type { Family } from '../model/family.ts';
import type { LineAnswer, LineQuestion } from '../model/lines.ts';
import type { Stretch } from '../engine/stretch.ts';
import { wantedSamples } from './line-search.ts';

/** Clocks differ and copies are touched: a file is left out only when it was last written to so long before. */
const clockMarginMs = 24 * 3_600_000;

/** What is read, and as what. */
export interface ScanRequest {
  readonly family: Family;
  readonly host: string;
  readonly timezone: string;
  readonly files: readonly string[];
  readonly question: LineQuestion;
  readonly signal: AbortSignal;
}

/** Reads the files to their ends; `faults` are those that could not be read, as text. */
export async function scanLines({
  family,
  host,
  timezone,
  files,
  question,
  signal,
}: ScanRequest): Promise<LineAnswer & { readonly faults: readonly string[] }> {
  const options: unknown = (await family.options()).parse({});
  const analyzer = await family.createAnalyzer({ options, timezone, host });
  const page = new EvidencePage(question.skip, question.limit);
  // Times of single lines: there are no buckets.
  const sink = new EvidenceSink(wantedSamples({ ...question, ofBuckets: false }, 1), page);
  const inputs = openInputs(files, {
    isLogName: (name) => family.isLogName(name),
    isNameOrdered: family.isNameOrdered,
    writtenSinceMs: question.fromMs - clockMarginMs,
    signal,
  });
  let id: number | undefined;
  for await (const chunk of inputs.chunks()) {
    if (chunk.file.id !== id) sink.beginStretch(wholeFile, 1, { host, path: chunk.file.path, excluded: [] });
    id = chunk.file.id;
    sink.beginChunk(chunk);
    analyzer.lines(chunk, sink);
    sink.endChunk(chunk);
  }
  if (analyzer.heldMs !== undefined) analyzer.finish?.(sink);
  const { total, amount, lines, next } = page;
  const faults = inputs.faults.map(({ path, message }) => `${path}: ${message}`);
  return { total, amount, lines, next, gone: [], notes: [], faults };
}

/** Nothing was noted of it. */
const wholeFile: Stretch = {
  path: '',
  modifiedMs: 0,
  start: 0,
  end: Number.POSITIVE_INFINITY,
  firstLine: 1,
  lines: 0,
  leastMs: Number.NEGATIVE_INFINITY,
  greatestMs: Number.POSITIVE_INFINITY,
  matched: 0,
  head: undefined,
  tail: undefined,
  state: undefined,
  exceptions: [],
  folds: [],
};
