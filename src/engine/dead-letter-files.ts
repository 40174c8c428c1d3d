// The files of dead letters: JSON lines {time, source, file, offset, reason, line}, the current file and those rotated
// to `.1` (newest), `.2` and so on. Reading and removing need the source's lock: nobody may write meanwhile.
import { isUtf8 } from 'node:buffer';
import { join } from 'node:path';
import { machineFiles, replaceFile } from './durable.ts';
import type { Files } from './durable.ts';

/** Name of the current file. */
export const deadLetterName = 'dead-letters.jsonl';
/** So much of a line is kept, in bytes. */
export const keptBytes = 4096;

const chunkBytes = 64 * 1024;
/** No line of ours comes near this; a longer one is not ours. */
const longestLetterBytes = 256 * 1024;

/** A line that could not be used, or a point that an output refused. */
export interface NewDeadLetter {
  readonly source: string;
  /** Path of the log file, and where the line begins in it; absent for refused points. */
  readonly file?: string;
  readonly offset?: number;
  /** A short fixed word. */
  readonly reason: string;
  /** The line without its line feed; only the first 4 KiB are kept. */
  readonly bytes: Uint8Array;
  /** Length of the whole line in bytes, when `bytes` is only its beginning. */
  readonly length?: number;
  /** The output that refused it, and what it said. */
  readonly output?: string;
  readonly detail?: string;
}

/** A letter as it is read back. */
export interface DeadLetter {
  /** Place among all letters of the folder, from 0, oldest first; stays until something is written or removed. */
  readonly index: number;
  /** When it was written, epoch milliseconds. */
  readonly timeMs: number;
  readonly source: string;
  readonly file: string;
  readonly offset: number;
  readonly reason: string;
  /** The exact bytes of the line, or of its beginning when `length` is greater. */
  readonly bytes: Buffer;
  readonly length: number;
  readonly output: string | undefined;
  readonly detail: string | undefined;
}

/** One letter as a JSON line. `bytes` (base64) stands beside `line` only where that text would not give them back. */
export function encodeLetter(letter: NewDeadLetter, nowMs: number): Buffer {
  const kept = Buffer.from(letter.bytes.buffer, letter.bytes.byteOffset, keptLength(letter.bytes));
  const length = Math.max(letter.length ?? 0, letter.bytes.length);
  const json = JSON.stringify({
    time: new Date(nowMs).toISOString(),
    source: letter.source,
    file: letter.file?.slice(0, keptBytes),
    offset: letter.offset,
    output: letter.output,
    reason: letter.reason,
    detail: letter.detail?.slice(0, keptBytes),
    line: kept.toString('utf8'),
    bytes: isUtf8(kept) ? undefined : kept.toString('base64'),
    length: length > kept.length ? length : undefined,
  });
  // Escaped, because people look at this file on a terminal: C1 controls and marks that turn the writing direction.
  const safe = json.replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return Buffer.from(`${safe}\n`, 'utf8');
}

/** The first 4 KiB, but not a part of a character. */
function keptLength(bytes: Uint8Array): number {
  if (bytes.length <= keptBytes) return bytes.length;
  let end = keptBytes;
  while (end > keptBytes - 4 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return end;
}

/** Files of a folder, oldest first. */
export async function listDeadLetterFiles(files: Files, directory: string): Promise<readonly string[]> {
  const found: { path: string; age: number }[] = [];
  for (const name of await files.list(directory)) {
    const match = /^dead-letters\.jsonl(?:\.(\d{1,6}))?$/.exec(name);
    if (match) found.push({ path: join(directory, name), age: Number(match[1] ?? 0) });
  }
  return found.toSorted((first, second) => second.age - first.age).map(({ path }) => path);
}

/** Reads the letters of a folder, oldest first, in bounded memory; only those of `source` when it is given. */
export async function* readDeadLetters(
  directory: string,
  source?: string,
  files: Files = machineFiles,
): AsyncGenerator<DeadLetter> {
  let index = 0;
  for (const path of await listDeadLetterFiles(files, directory)) {
    for await (const line of linesOf(files, path)) {
      const letter = decodeLetter(line, index);
      if (!letter) continue;
      index++;
      if (source === undefined || letter.source === source) yield letter;
    }
  }
}

/**
 * Removes letters for good, for example after a replay used them; gives their number. Each file is replaced as a
 * whole, so a crash leaves all or none of its letters.
 */
export async function removeDeadLetters(
  directory: string,
  isUsed: (letter: DeadLetter) => boolean,
  files: Files = machineFiles,
): Promise<number> {
  let index = 0;
  let removed = 0;
  for (const path of await listDeadLetterFiles(files, directory)) {
    const kept: Buffer[] = [];
    let removedHere = 0;
    for await (const line of linesOf(files, path)) {
      const letter = decodeLetter(line, index);
      if (letter) index++;
      if (letter && isUsed(letter)) removedHere++;
      else kept.push(Buffer.concat([line, lineFeed]));
    }
    if (removedHere === 0) continue;
    if (kept.length > 0) await replaceFile(files, directory, path, kept);
    else {
      await files.remove(path);
      await files.syncDirectory(directory);
    }
    removed += removedHere;
  }
  return removed;
}

/** Number of letters in one file. */
export async function countLetters(files: Files, path: string): Promise<number> {
  let count = 0;
  for await (const _ of linesOf(files, path)) count++;
  return count;
}

const lineFeed = Buffer.from('\n');

/** Lines of a file without their line feeds; a torn last line is given too, one that is far too long is left out. */
async function* linesOf(files: Files, path: string): AsyncGenerator<Buffer> {
  const file = await files.open(path, 'read');
  try {
    let rest: Buffer = Buffer.alloc(0);
    let isTooLong = false;
    for (let position = 0; ; position += chunkBytes) {
      const chunk = Buffer.alloc(chunkBytes);
      const length = await file.read(chunk, position);
      let start = 0;
      for (let end = chunk.indexOf(0x0a); end >= 0 && end < length; end = chunk.indexOf(0x0a, start)) {
        if (!isTooLong) yield Buffer.concat([rest, chunk.subarray(start, end)]);
        rest = Buffer.alloc(0);
        isTooLong = false;
        start = end + 1;
      }
      if (!isTooLong) rest = Buffer.concat([rest, chunk.subarray(start, length)]);
      if (rest.length > longestLetterBytes) {
        rest = Buffer.alloc(0);
        isTooLong = true;
      }
      if (length < chunkBytes) break;
    }
    if (rest.length > 0) yield rest;
  } finally {
    await file.close();
  }
}

function decodeLetter(line: Buffer, index: number): DeadLetter | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line.toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null) return undefined;
  const { time, source, file, offset, reason, line: text, bytes, length, output, detail } = json as Fields;
  if (typeof source !== 'string' || typeof text !== 'string') return undefined;
  const kept = typeof bytes === 'string' ? Buffer.from(bytes, 'base64') : Buffer.from(text, 'utf8');
  const timeMs = Date.parse(textOf(time) ?? '');
  return {
    index,
    timeMs: Number.isNaN(timeMs) ? 0 : timeMs,
    source,
    file: textOf(file) ?? '',
    offset: typeof offset === 'number' ? offset : 0,
    reason: textOf(reason) ?? '',
    bytes: kept,
    length: typeof length === 'number' ? length : kept.length,
    output: textOf(output),
    detail: textOf(detail),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
