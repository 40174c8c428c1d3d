// Copies one log so that its name in the destination always stands for a whole, verified copy: written under another
// name, flushed, read back and compared, and only then renamed.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm, stat, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Transform, Writable } from 'node:stream';
import type { TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { machineFiles } from './durable.ts';
import type { CopiedLog } from './backup-index.ts';

/** What stands in front of and behind a name while it is written. */
const partial = { prefix: '.', suffix: '.part' } as const;

/** The log behind the name of an unfinished copy, or undefined for any other file. */
export function partialOf(name: string): string | undefined {
  const { prefix, suffix } = partial;
  return name.startsWith(prefix) && name.endsWith(suffix) ? name.slice(prefix.length, -suffix.length) : undefined;
}

/** Passes bytes through, counts them and makes their hash. */
class Meter extends Transform {
  bytes = 0;
  readonly #hash = createHash('sha256');

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.bytes += chunk.length;
    this.#hash.update(chunk);
    done(null, chunk);
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}

/** Hash of a file's content, decompressed if asked. Throws when it cannot be read or is damaged. */
export async function contentHash(path: string, isCompressed: boolean, signal: AbortSignal): Promise<string> {
  const meter = new Meter();
  const content = createReadStream(path);
  if (isCompressed) await pipeline(content, createGunzip(), meter, sink(), { signal });
  else await pipeline(content, meter, sink(), { signal });
  return meter.digest();
}

function sink(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

/**
 * Copies the log at `source` to `target`, compressed when the target's name ends in `.gz` and that of the log does
 * not. Gives the log as it was; undefined when it changed meanwhile, and nothing was kept. Throws what the file system
 * throws; ENOENT means that the log is gone.
 */
export async function copyLog(source: string, target: string, signal: AbortSignal): Promise<CopiedLog | undefined> {
  const before = await stat(source);
  const unfinished = join(dirname(target), `${partial.prefix}${basename(target)}${partial.suffix}`);
  const isCompressed = /\.gz$/i.test(target) && !/\.gz$/i.test(source);
  const meter = new Meter();
  try {
    const [content, copy] = [createReadStream(source), createWriteStream(unfinished)];
    if (isCompressed) await pipeline(content, meter, createGzip(), copy, { signal });
    else await pipeline(content, meter, copy, { signal });
    await flush(unfinished);
    const wanted = meter.digest();
    if ((await contentHash(unfinished, isCompressed, signal)) !== wanted)
      throw new Error('the copy reads back differently from what was written: check the disk');
    const after = await stat(source).catch(() => before);
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs || meter.bytes !== before.size) {
      await rm(unfinished, { force: true });
      return undefined;
    }
    await utimes(unfinished, before.atimeMs / 1000, before.mtimeMs / 1000);
    await rename(unfinished, target);
    await machineFiles.syncDirectory(dirname(target));
    return { size: before.size, modifiedMs: before.mtimeMs };
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
