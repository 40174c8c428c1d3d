// `replay`: analyzes dead letters again, after a fix of the options or of a parser. What can be used now is counted,
// committed and delivered like any line, and leaves the dead letters; the rest stays.
import { join } from 'node:path';
import { readDeadLetters, removeDeadLetters } from '../engine/dead-letter-files.ts';
import type { DeadLetter } from '../engine/dead-letter-files.ts';
import { Source } from '../engine/run.ts';
import { systemClock } from '../model/clock.ts';
import { codeOf } from '../model/errors.ts';
import type { Log } from '../model/log.ts';
import { measurementsOf } from './catalogue.ts';
import type { Configuration, SourceConfiguration } from './configuration.ts';
import { Preview } from './preview.ts';
import type { LinePreview } from './preview.ts';
import { families } from './registry.ts';
import { SharedOutputs } from './shared-outputs.ts';
import { sourceDirectory, sourceOptions } from './source-options.ts';

/** What became of the dead letters of one source. */
export interface ReplayResult {
  readonly source: string;
  /** Lines that can be analyzed. */
  readonly lines: number;
  /** Lines that gave samples now. */
  readonly used: number;
  /** Lines of which only the beginning was kept, and points that an output refused: these stay. */
  readonly skipped: number;
  /** Points committed and not delivered yet when it ended; the next start sends them. */
  readonly waiting: number;
}

/** Streams for the outputs, and the wish to stop. */
export interface ReplaySurroundings {
  readonly log: Log;
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

const graceMs = 5000;

/** Where the dead letters of a source are. */
function deadLetterDirectory({ stateDirectory }: Configuration, source: SourceConfiguration): string {
  return join(sourceDirectory(stateDirectory, source.name), 'dead-letters');
}

/** Shows what a replay would do; changes nothing and may run beside the exporter. */
export async function previewReplay(
  configuration: Configuration,
  source: SourceConfiguration,
  show: (letter: DeadLetter, preview: LinePreview) => void,
): Promise<ReplayResult> {
  const preview = await Preview.open(source, systemClock.now());
  let [lines, used, skipped] = [0, 0, 0];
  for (const letter of await lettersOf(configuration, source)) {
    if (!isWhole(letter)) {
      skipped++;
      continue;
    }
    const name = letter.file.slice(letter.file.lastIndexOf('/') + 1).replace(/\.gz$/, '');
    const file = { path: letter.file, name, modifiedMs: letter.timeMs, id: -1 };
    const result = preview.line(letter.bytes, file, letter.offset);
    lines++;
    if (result.outcome === 'matched') used++;
    show(letter, result);
  }
  return { source: source.name, lines, used, skipped, waiting: 0 };
}

/** Replays the dead letters of one source. Needs its state for itself: throws UsageError while an exporter runs. */
export async function replay(
  configuration: Configuration,
  source: SourceConfiguration,
  { log, stdin, stdout, signal }: ReplaySurroundings,
): Promise<ReplayResult> {
  const { stateDirectory } = configuration;
  const shared = new SharedOutputs({ measurements: measurementsOf(families), stdout, log });
  try {
    const outputs = configuration.outputs.filter(({ name }) => source.outputs.includes(name));
    const surroundings = { stateDirectory, outputs, shared, mode: 'once' as const, stdin, clock: systemClock, log };
    const opened = await Source.open(await sourceOptions(source, surroundings));
    const letters = await lettersOf(configuration, source);
    const lines = letters.filter(isWhole);
    const stop = (): void => opened.stop(graceMs);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    let usedLines = 0;
    await opened
      .replay(lines, async (used) => {
        const indexes = new Set(lines.filter((_, position) => used[position] === true).map(({ index }) => index));
        usedLines = indexes.size;
        if (usedLines === 0) return;
        await removeDeadLetters(deadLetterDirectory(configuration, source), ({ index }) => indexes.has(index));
      })
      .finally(() => signal.removeEventListener('abort', stop));
    const waiting = Math.max(0, ...opened.status().outputs.map(({ spooled }) => spooled));
    const skipped = letters.length - lines.length;
    return { source: source.name, lines: lines.length, used: usedLines, skipped, waiting };
  } finally {
    await shared.closeAllBut([], stateDirectory);
  }
}

/** A part of a line, or a point in line protocol, cannot be analyzed. */
function isWhole({ bytes, length, output }: DeadLetter): boolean {
  return output === undefined && length <= bytes.length;
}

async function lettersOf(configuration: Configuration, source: SourceConfiguration): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  try {
    for await (const letter of readDeadLetters(deadLetterDirectory(configuration, source), source.name)) {
      letters.push(letter);
    }
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  return letters;
}
