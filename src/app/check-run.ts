// `check`: what the lines of a sample would yield, line by line, with the options of a source.
import { openInputs } from '../engine/inputs.ts';
import type { Inputs } from '../model/command.ts';
import { systemClock } from '../model/clock.ts';
import type { LineChunk } from '../model/family.ts';
import type { SourceConfiguration } from './configuration.ts';
import { Preview } from './preview.ts';
import type { LinePreview } from './preview.ts';

/** One line of a sample. */
export interface CheckedLine extends LinePreview {
  readonly path: string;
  /** From 1, in its file. */
  readonly number: number;
  /** The line as latin-1 text, without its line feed; cut after `maxShownBytes`. */
  readonly text: string;
}

/** How a sample fared as a whole. */
export interface CheckTotals {
  readonly lines: number;
  readonly matched: number;
  readonly ignored: number;
  readonly rejected: number;
  readonly future: number;
  /** Files that could not be read. */
  readonly faults: readonly string[];
  /** Number of files that could be opened. */
  readonly opened: number;
}

const maxShownBytes = 2000;

/**
 * Reads up to `maxLines` lines of the files (`-` is standard input) and gives each to `show`. The lines of several
 * files are read in the order of the family.
 */
export async function checkSample(
  source: SourceConfiguration,
  files: readonly string[],
  maxLines: number,
  signal: AbortSignal,
  show: (line: CheckedLine) => void,
): Promise<CheckTotals> {
  const { family } = source;
  const preview = await Preview.open(source, systemClock.now());
  const inputs: Inputs = openInputs(files, {
    isLogName: (name) => family.isLogName(name),
    isNameOrdered: family.isNameOrdered,
    signal,
  });
  const totals = { lines: 0, matched: 0, ignored: 0, rejected: 0, future: 0 };
  const numbers = new Map<number, number>();
  for await (const chunk of inputs.chunks()) {
    for (const { bytes, offset } of linesOf(chunk)) {
      if (totals.lines >= maxLines) break;
      const number = (numbers.get(chunk.file.id) ?? 0) + 1;
      numbers.set(chunk.file.id, number);
      const result = preview.line(bytes, chunk.file, offset);
      totals.lines++;
      totals[result.outcome]++;
      show({ ...result, path: chunk.file.path, number, text: bytes.toString('latin1', 0, maxShownBytes) });
    }
    if (totals.lines >= maxLines) break;
  }
  const faults = inputs.faults.map(({ path, message }) => `${path}: ${message}`);
  return { ...totals, faults, opened: inputs.opened };
}

/** The lines of a chunk, without their line feeds. */
function* linesOf({ buffer, start, end, offset }: LineChunk): Generator<{ bytes: Buffer; offset: number }> {
  for (let position = start; position < end;) {
    const feed = buffer.indexOf(0x0a, position);
    const stop = feed < 0 || feed >= end ? end : feed;
    yield { bytes: buffer.subarray(position, stop), offset: offset + position - start };
    position = stop + 1;
  }
}
