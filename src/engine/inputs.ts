// The inputs of a command, read once from their beginning to their end: files, folders, patterns, archives, pipes and
// standard input. Keeps no positions; what cannot be read is collected, and the rest is read all the same.
import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { InputFault, Inputs, OpenInputs } from '../model/command.ts';
import { systemClock } from '../model/clock.ts';
import type { LineChunk, LogFile } from '../model/family.ts';
import { archiveSource, isArchive, PipedContent } from './archive.ts';
import { FileSource, PipeSource } from './byte-source.ts';
import type { ByteSource } from './byte-source.ts';
import { describe } from './faults.ts';
import { Folders } from './folders.ts';
import { expandGlob, isGlob } from './glob.ts';
import type { Damage } from './gzip.ts';
import { chunkOf } from './items.ts';
import { orderByName, orderByTime } from './order.ts';
import { LineReader } from './reader.ts';
import type { Piece } from './reader.ts';
import { parseLogName } from './rotation.ts';
import type { LogName } from './rotation.ts';
import { StandardInput } from './standard-input.ts';
import { standardInput } from './targets.ts';

const chunkBytes = 1024 * 1024;
const maxLineBytes = 1024 * 1024;

/** How inputs are asked for, and where standard input comes from. */
type How = Parameters<OpenInputs>[1];

interface Input {
  readonly path: string;
  readonly name: LogName;
  readonly modifiedMs: number;
}

/** Opens inputs of a command that read standard input from `stdin` for `-`. */
export function inputsFrom(stdin: () => NodeJS.ReadableStream): OpenInputs {
  return (files, how) => new OneShotInputs(files, how, stdin);
}

/** Opens inputs of a command; `-` is the standard input of the process. */
export const openInputs: OpenInputs = inputsFrom(() => process.stdin);

class OneShotInputs implements Inputs {
  readonly faults: InputFault[] = [];
  opened = 0;
  readonly #files: readonly string[];
  readonly #how: How;
  readonly #stdin: () => NodeJS.ReadableStream;
  readonly #reader = new LineReader(chunkBytes, maxLineBytes);
  #nextId = 1;

  constructor(files: readonly string[], how: How, stdin: () => NodeJS.ReadableStream) {
    this.#files = files;
    this.#how = how;
    this.#stdin = stdin;
  }

  async *chunks(): AsyncGenerator<LineChunk> {
    const { signal, writtenSinceMs = Number.NEGATIVE_INFINITY, last } = this.#how;
    const inputs = await this.#resolve();
    for (const input of inputs.slice(-(last ?? inputs.length))) {
      if (signal.aborted) return;
      if (input.path !== standardInput && input.modifiedMs < writtenSinceMs) {
        this.opened++;
        continue;
      }
      if (input.path === standardInput) yield* this.#readStandardInput();
      else yield* this.#readFile(input);
    }
  }

  /** The inputs in their order, each path once. Standard input has no name and comes last when names order. */
  async #resolve(): Promise<readonly Input[]> {
    const groups: Input[][] = [];
    for (const file of new Set(this.#files)) {
      if (this.#how.signal.aborted) return [];
      try {
        groups.push(await this.#resolveOne(file));
      } catch (error) {
        this.#fault(file, describe(error), true);
      }
    }
    const inputs = [...new Map(groups.flat().map((input) => [input.path, input])).values()];
    if (!this.#how.isNameOrdered) return inputs;
    const named = inputs.filter(({ path }) => path !== standardInput);
    return [...orderByName(named), ...inputs.filter(({ path }) => path === standardInput)];
  }

  async #resolveOne(file: string): Promise<Input[]> {
    if (file === standardInput) return [{ path: file, name: parseLogName(file), modifiedMs: 0 }];
    const folders = new Folders(
      (folder, error) => this.#fault(folder, describe(error), true),
      () => undefined,
    );
    const given = await stat(file).catch((error: unknown) => {
      if (isGlob(file)) return undefined;
      throw error;
    });
    if (given && !given.isDirectory()) return [inputAt(file, given.mtimeMs)];
    const faultsBefore = this.faults.length;
    const paths = given
      ? (await folders.list(file, true))
          .filter(({ name }) => this.#how.isLogName(name.replace(/\.gz$/i, '')))
          .map(({ name }) => join(file, name))
      : await expandGlob(file, (folder) => folders.list(folder, true));
    const inputs: Input[] = [];
    for (const path of paths) {
      // What vanished since the folder was listed is not missing: nobody named it.
      const found = await stat(path).catch(() => undefined);
      if (found && !found.isDirectory()) inputs.push(inputAt(path, found.mtimeMs));
    }
    if (inputs.length === 0 && this.faults.length === faultsBefore) {
      this.#fault(file, given ? 'no log files in this folder' : 'no file matches this pattern', true);
    }
    return this.#how.isNameOrdered ? inputs : orderByTime(inputs);
  }

  async *#readFile({ path, modifiedMs }: Input): AsyncGenerator<LineChunk> {
    let handle: FileHandle | undefined;
    let hasOpened = false;
    try {
      handle = await open(path, 'r');
      const isRegular = (await handle.stat()).isFile();
      const content = isRegular ? await contentOf(handle) : new PipedContent(new PipeSource(handle));
      this.opened++;
      hasOpened = true;
      yield* this.#readAll(this.#logFile(path, modifiedMs), content);
      for (const damage of content.damages ?? []) this.#damage(path, damage);
    } catch (error) {
      this.#fault(path, describe(error), !hasOpened);
    } finally {
      await this.#reader.stop();
      await handle?.close();
    }
  }

  async *#readAll(file: LogFile, source: ByteSource): AsyncGenerator<LineChunk> {
    this.#reader.begin(source, 0);
    const longLines = new LongLines();
    for (let isEnd = false; !isEnd && !this.#how.signal.aborted;) {
      let piece = await this.#reader.next();
      // The first end of a file that still grows is its end.
      isEnd = piece === undefined;
      piece ??= this.#reader.rest();
      if (piece) longLines.see(piece);
      if (piece?.kind === 'lines') yield chunkOf(file, piece);
    }
    this.#longLines(file.path, longLines);
  }

  async *#readStandardInput(): AsyncGenerator<LineChunk> {
    const { signal } = this.#how;
    const arrival = new Arrival(signal);
    let input: StandardInput | undefined;
    const longLines = new LongLines();
    try {
      const nowMs = systemClock.now();
      input = new StandardInput(this.#stdin(), { chunkBytes, maxLineBytes, nowMs, arrived: arrival.ring });
      this.opened++;
      const file = { ...input.file, id: this.#nextId++ };
      while (!signal.aborted) {
        const piece = await input.next();
        if (piece) {
          longLines.see(piece);
          if (piece.kind === 'lines') yield chunkOf(file, piece);
        } else if (input.isFinished) break;
        else await arrival.wait();
      }
      for (const damage of input.damages) this.#damage(standardInput, damage);
      this.#longLines(standardInput, longLines);
    } catch (error) {
      this.#fault(standardInput, describe(error), false);
    } finally {
      input?.close();
    }
  }

  #logFile(path: string, modifiedMs: number): LogFile {
    return { path, name: basename(path).replace(/\.gz$/i, ''), modifiedMs, id: this.#nextId++ };
  }

  #damage(path: string, { detail, position }: Damage): void {
    this.#fault(path, `${detail}, at byte ${position} of its content`, false);
  }

  #longLines(path: string, { count, firstOffset }: LongLines): void {
    if (count === 0) return;
    const what = count === 1 ? 'a line was' : `${count} lines were`;
    this.#fault(path, `${what} skipped, longer than ${maxLineBytes} bytes, first at byte ${firstOffset}`, false);
  }

  #fault(path: string, message: string, isTotal: boolean): void {
    this.faults.push({ path, message, isTotal });
  }
}

/** Counts the lines of one input that were too long. */
class LongLines {
  count = 0;
  firstOffset = 0;

  see({ kind, offset }: Piece): void {
    if (kind !== 'long') return;
    if (this.count++ === 0) this.firstOffset = offset;
  }
}

/** Lets a reader wait for a stream without missing what arrives before it waits. */
class Arrival {
  readonly #signal: AbortSignal;
  #hasRung = false;
  #wake: (() => void) | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  readonly ring = (): void => {
    this.#hasRung = true;
    this.#wake?.();
  };

  /** Until the next ring, or abortion. */
  async wait(): Promise<void> {
    if (!this.#hasRung && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#signal.addEventListener('abort', this.ring, { once: true });
      });
      this.#signal.removeEventListener('abort', this.ring);
    }
    this.#hasRung = false;
  }
}

function inputAt(path: string, modifiedMs: number): Input {
  return { path, name: parseLogName(basename(path)), modifiedMs };
}

async function contentOf(handle: FileHandle): Promise<ByteSource & { readonly damages?: readonly Damage[] }> {
  return (await isArchive(handle)) ? archiveSource(handle) : new FileSource(handle);
}
