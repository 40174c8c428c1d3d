// Several inputs as one log: their lines merged by arrival, so that two collectors of one network are one.
import type { CommandCall, Inputs } from '../../../model/command.ts';
import type { LineChunk } from '../../../model/family.ts';
import type { Analysis } from './analysis.ts';
import { Collectors } from '../preprocessing/collectors.ts';
import { isCiscoLogName } from '../log-name.ts';
import type { LineReader } from '../preprocessing/reader.ts';
import { count } from './report-words.ts';

/** Lines between two words about the progress. */
const progressLines = 100_000;

/**
 * Reads every file argument as one input, all of them merged by arrival. Stops early when the call is interrupted. What
 * waits for an earlier record still waits afterwards: `finish` ends the log.
 */
export async function readAll(analysis: Analysis, call: CommandCall): Promise<readonly Inputs[]> {
  const progress = new Progress(call);
  const opened = (call.files.length === 0 ? ['-'] : call.files).map((file) =>
    call.openInputs([file], { isLogName: isCiscoLogName, isNameOrdered: false, signal: call.signal }),
  );
  const collectors = new Collectors();
  const cursors = opened.map(
    (inputs, index) => new Cursor(inputs, analysis.reader(collectors.of(call.files[index] ?? '-'))),
  );
  try {
    await Promise.all(cursors.map((cursor) => cursor.next()));
    for (;;) {
      let first: Cursor | undefined;
      let secondMs = Number.POSITIVE_INFINITY;
      for (const cursor of cursors) {
        if (cursor.isDone) continue;
        if (!first || cursor.arrivalMs < first.arrivalMs) {
          secondMs = first?.arrivalMs ?? secondMs;
          first = cursor;
        } else secondMs = Math.min(secondMs, cursor.arrivalMs);
      }
      if (!first || call.signal.aborted) break;
      // As long as it stays ahead of the others it need not be compared with them again.
      do {
        first.take(analysis);
        progress.line();
        if (!first.step()) await first.next();
      } while (!first.isDone && first.arrivalMs <= secondMs);
    }
  } catch (error) {
    if (!call.signal.aborted) throw error;
  }
  progress.end();
  return opened;
}

/** Says on a terminal how far the reading is. */
class Progress {
  readonly #stream: CommandCall['stderr'] | undefined;
  #lines = 0;

  constructor({ stderr }: CommandCall) {
    this.#stream = stderr.isTTY === true ? stderr : undefined;
  }

  line(): void {
    this.#lines++;
    if (this.#lines % progressLines === 0) this.#stream?.write(`\r${count(this.#lines)} lines read`);
  }

  end(): void {
    if (this.#lines >= progressLines) this.#stream?.write('\r\u001b[K');
  }
}

/** The next line of one input. */
class Cursor {
  isDone = false;
  arrivalMs = Number.NEGATIVE_INFINITY;
  readonly #chunks: AsyncIterator<LineChunk>;
  readonly #reader: LineReader;
  #chunk: LineChunk | undefined;
  #start = 0;
  #stop = -1;
  #lineClass: ReturnType<LineReader['arrivalOf']>['lineClass'] = 'comment';

  constructor(inputs: Inputs, reader: LineReader) {
    this.#chunks = inputs.chunks()[Symbol.asyncIterator]();
    this.#reader = reader;
  }

  /** Goes to the next line of a new chunk. */
  async next(): Promise<void> {
    for (;;) {
      const { value, done } = await this.#chunks.next();
      if (done === true) {
        this.isDone = true;
        return;
      }
      const chunk = value;
      this.#chunk = chunk;
      this.#reader.findYear(chunk);
      this.#stop = chunk.start - 1;
      if (this.step()) return;
    }
  }

  /** Goes to the next line of the chunk; false at its end. */
  step(): boolean {
    const chunk = this.#chunk;
    if (!chunk) return false;
    const start = this.#stop + 1;
    if (start >= chunk.end) return false;
    const feed = chunk.buffer.indexOf(10, start);
    this.#start = start;
    this.#stop = feed < 0 || feed > chunk.end ? chunk.end : feed;
    const { lineClass, arrivalMs } = this.#reader.arrivalOf(chunk.buffer, start, this.#stop, chunk.file.modifiedMs);
    this.#lineClass = lineClass;
    this.arrivalMs = arrivalMs;
    return true;
  }

  take(analysis: Analysis): void {
    const chunk = this.#chunk;
    if (chunk) analysis.take(this.#reader, chunk.buffer, this.#start, this.#stop, this.#lineClass, this.arrivalMs);
  }
}
