// Where a log is now that was noted under some path: there, or renamed, or compressed. A file is recognised by its first
// bytes and by those at the end of each noted stretch; names only say where to look.
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { crc32 } from 'node:zlib';
import { archiveSource, isArchive } from './archive.ts';
import { FileSource } from './byte-source.ts';
import type { ByteSource } from './byte-source.ts';
import { describe } from './faults.ts';
import { Folders } from './folders.ts';
import type { GzipSource } from './gzip.ts';
import { LogBook } from './log-book.ts';
import { isAbsence } from './log-files.ts';
import { compareGenerations, parseLogName } from './rotation.ts';
import { Siblings } from './siblings.ts';
import type { Sample, Stretch } from './stretch.ts';

const passBytes = 256 * 1024;

/** A file that holds stretches. */
export interface LogPlace {
  readonly path: string;
  /** Equal for two names of one file. */
  readonly identity: string;
  readonly stretches: readonly Stretch[];
}

/** What was found of some stretches. */
export interface FoundPlaces {
  readonly places: readonly LogPlace[];
  readonly missing: readonly Stretch[];
  /** Why: `gone`, `changed` (the file has other content there), or the system's words. */
  readonly reason: string;
}

/** Finds logs. One lookup, one instance: what is in the folders is listed once. */
export class LogPlaces {
  readonly #siblings: Siblings;

  /** `rotatedPattern` as in the configuration of the source. */
  constructor(rotatedPattern: string | undefined) {
    const folders = new Folders(
      () => undefined,
      () => undefined,
    );
    // Nothing is followed here, so no book knows the logs and no folder is watched.
    this.#siblings = new Siblings(rotatedPattern, folders, new LogBook(false), 0);
  }

  /** The files that hold the stretches now; all were noted under this path, in logs with these first bytes. */
  async find(path: string, head: Sample | undefined, stretches: readonly Stretch[]): Promise<FoundPlaces> {
    const places: LogPlace[] = [];
    let missing = stretches;
    let reason = 'gone';
    for (const candidate of new Set([path, `${path}.gz`, ...(await this.#generations(path))])) {
      if (missing.length === 0) break;
      try {
        const place = await heldBy(candidate, head, missing, candidate === path);
        if (place.stretches.length > 0) places.push(place);
        const held = new Set(place.stretches);
        missing = missing.filter((stretch) => !held.has(stretch));
        if (candidate === path) reason = 'changed';
      } catch (error) {
        if (candidate === path && !isAbsence(error)) reason = describe(error);
      }
    }
    return { places, missing, reason };
  }

  /** Where generations of the log may be, newest first as far as the names say. */
  async #generations(path: string): Promise<readonly string[]> {
    const nameOf = (place: string): ReturnType<typeof parseLogName> => parseLogName(basename(place));
    const paths = (await this.#siblings.of(path)).map((place) => place.path);
    return paths.toSorted((one, other) => compareGenerations(nameOf(other), nameOf(one)));
  }
}

/** Which of the stretches the file holds. One that was not seen while it was read can only be where it was. */
async function heldBy(
  path: string,
  head: Sample | undefined,
  stretches: readonly Stretch[],
  isSamePath: boolean,
): Promise<LogPlace> {
  const content = await LogContent.open(path);
  try {
    const { identity } = content;
    const start = head && (await bytesOf(await content.section(0, head.length), head.length));
    if (head && !isSample(head, start)) return { path, identity, stretches: [] };
    const held: Stretch[] = [];
    // In order of their ends, so that an archive is decompressed once.
    for (const stretch of stretches.toSorted((one, other) => one.end - other.end)) {
      const { tail } = stretch;
      if (!tail) {
        if (isSamePath) held.push(stretch);
        continue;
      }
      const bytes = await bytesOf(await content.section(tail.end - tail.length, tail.end), tail.length);
      if (isSample(tail, bytes)) held.push(stretch);
    }
    return { path, identity, stretches: held };
  } finally {
    await content.close();
  }
}

/** A log's bytes, plain or decompressed, by sections; an archive is fast only in ascending order. */
export class LogContent {
  /** Equal for two names of one file. */
  readonly identity: string;
  readonly #handle: FileHandle;
  readonly #isArchive: boolean;
  #archive: GzipSource | undefined;
  #position = 0;

  private constructor(handle: FileHandle, identity: string, isGzip: boolean) {
    this.#handle = handle;
    this.identity = identity;
    this.#isArchive = isGzip;
  }

  /** Opens a log; throws the system's errors, and one for what is no regular file. */
  static async open(path: string): Promise<LogContent> {
    const handle = await open(path, 'r');
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw new Error('not a regular file');
      return new LogContent(handle, `${stat.dev}:${stat.ino}`, await isArchive(handle));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** The bytes from `start` to before `end`, or as many as there are. It is read before the next one is asked for. */
  async section(start: number, end: number): Promise<ByteSource> {
    if (!this.#isArchive) return new FileSource(this.#handle, start, end);
    if (!this.#archive || this.#position > start) {
      this.#archive?.close();
      this.#archive = archiveSource(this.#handle);
      this.#position = 0;
    }
    const archive = this.#archive;
    const passed = Buffer.allocUnsafe(Math.min(passBytes, Math.max(1, start - this.#position)));
    while (this.#position < start) {
      const count = await archive.read(passed, 0, Math.min(passed.length, start - this.#position));
      if (count === 0) break;
      this.#position += count;
    }
    return {
      isEnded: true,
      read: async (target, at, length) => {
        const wanted = Math.min(length, end - this.#position);
        const count = this.#position < start || wanted <= 0 ? 0 : await archive.read(target, at, wanted);
        this.#position += count;
        return count;
      },
    };
  }

  async close(): Promise<void> {
    this.#archive?.close();
    await this.#handle.close();
  }
}

/** True when the bytes are those of the sample. */
function isSample({ length, checksum }: Sample, bytes: Uint8Array | undefined): boolean {
  return bytes?.length === length && crc32(bytes) === checksum;
}

async function bytesOf(source: ByteSource, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const count = await source.read(bytes, filled, length - filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}
