// How far one output has come, kept in a small file that is written in place: it needs no space, so it works on a full
// disk, and costs one write. Two slots take turns, so that a torn write never takes the last durable one with it.
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Files, OpenFile } from './durable.ts';

const slotBytes = 4096;

/** A place between two points of the spool. */
export interface Place {
  readonly segment: number;
  /** Start of a record in the segment, in bytes. */
  readonly offset: number;
  /** How much of the record's batch lies before this place, in bytes. */
  readonly part: number;
  /** Points and bytes of all commits before this place. */
  readonly points: number;
  readonly bytes: number;
}

/** What is kept of an output: everything before `delivered` is accounted for. */
export interface Cursor {
  readonly delivered: Place;
  /** At most once: what lies before this place may have been sent and must not be sent again. */
  readonly sent: Place | undefined;
  /** Points since the output was first used. */
  readonly accepted: number;
  readonly refused: number;
}

/** The path of an output's cursor; `cursorOutput` reads it back. */
export function cursorPath(directory: string, output: string): string {
  return join(directory, `delivered-${encodeURIComponent(output)}.cursor`);
}

/** The output whose cursor a file name stands for; undefined for other files. */
export function cursorOutput(fileName: string): string | undefined {
  const name = /^delivered-(.+)\.cursor$/.exec(fileName)?.[1];
  try {
    return name === undefined ? undefined : decodeURIComponent(name);
  } catch {
    return undefined;
  }
}

/** The file of one output's cursor. */
export class CursorFile {
  readonly #files: Files;
  readonly #path: string;
  #file: OpenFile | undefined;
  #count = 0;
  /** The file's name in its folder is durable. */
  #isNamed = false;
  /** The slot that holds the last durable cursor; the other one is written. */
  #durableSlot = 1;

  constructor(files: Files, path: string) {
    this.#files = files;
    this.#path = path;
  }

  /** Reads the file: its newest good cursor, `absent` or `damaged`. */
  async load(): Promise<Cursor | 'absent' | 'damaged'> {
    if ((await this.#files.size(this.#path)) === undefined) return 'absent';
    const file = await this.#files.open(this.#path, 'read');
    let newest: { count: number; cursor: Cursor } | undefined;
    try {
      for (const slot of [0, 1]) {
        const bytes = Buffer.alloc(slotBytes);
        await file.read(bytes, slot * slotBytes);
        const read = decode(bytes);
        if (!read || (newest && newest.count > read.count)) continue;
        newest = read;
        this.#durableSlot = slot;
      }
      // What was read may so far only be in the system's memory.
      if (newest) await file.sync();
    } finally {
      await file.close();
    }
    if (!newest) return 'damaged';
    this.#count = newest.count;
    this.#isNamed = true;
    return newest.cursor;
  }

  /** Writes the cursor; with `isDurable` it survives a loss of power once this resolves. */
  async save(cursor: Cursor, isDurable: boolean): Promise<void> {
    this.#file ??= await this.#files.open(this.#path, 'write');
    const slot = 1 - this.#durableSlot;
    // The first write takes the space of both slots, so that none of the later ones needs any.
    const rest = this.#isNamed || slot > 0 ? [] : [Buffer.alloc(slotBytes, ' ')];
    await this.#file.write([encode(this.#count + 1, cursor), ...rest], slot * slotBytes);
    if (isDurable) {
      await this.#file.sync();
      if (!this.#isNamed) await this.#files.syncDirectory(dirname(this.#path));
      this.#isNamed = true;
      this.#durableSlot = slot;
    }
    this.#count++;
  }

  /** Forgets the open file, for one that was removed from outside; the next `save` makes a new one. */
  async reset(): Promise<void> {
    await this.close();
    this.#isNamed = false;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

/** One slot: checksum, JSON, blanks, line feed; so `cat` shows it. */
function encode(count: number, cursor: Cursor): Buffer {
  const json = JSON.stringify({ version: 1, count, ...cursor });
  const text = `${crc32(json).toString(16).padStart(8, '0')} ${json}`;
  return Buffer.from(`${text.padEnd(slotBytes - 1)}\n`, 'latin1');
}

function decode(bytes: Buffer): { count: number; cursor: Cursor } | undefined {
  const text = bytes.toString('latin1').trimEnd();
  const json = text.slice(9);
  if (text.slice(0, 8) !== crc32(Buffer.from(json, 'latin1')).toString(16).padStart(8, '0')) return undefined;
  try {
    const { version, count, ...cursor } = JSON.parse(json) as { version: number; count: number } & Cursor;
    return version === 1 ? { count, cursor: { ...cursor, sent: cursor.sent } } : undefined;
  } catch {
    return undefined;
  }
}
