// What makes us believe that two files, or one file at two times, are the same log: what the system says of the file,
// and hashes of its first bytes and of the bytes before a position (engine 1.2).
import { hash } from 'node:crypto';
import type { ByteSource } from './byte-source.ts';
import type { FileState, LogHandle } from './log-files.ts';

/** What the system says about which file a file is. A number of a deleted file is used again for a new one. */
export interface FileId {
  readonly device: number;
  readonly inode: number;
  /** Epoch milliseconds when the file was made; 0 when the file system does not tell. */
  readonly birthMs: number;
  /** The time of birth was seen to be another than that of a change, so it is one. */
  readonly isBorn: boolean;
}

/** The id of no file. */
export const noFile: FileId = { device: 0, inode: 0, birthMs: 0, isBorn: false };

/** The id of a file that was looked at. */
export function fileId({ dev, ino, birthtimeMs, ctimeMs }: FileState): FileId {
  return { device: dev, inode: ino, birthMs: birthtimeMs, isBorn: birthtimeMs !== 0 && birthtimeMs !== ctimeMs };
}

/**
 * Whether the file is the one with this id: `perhaps` when only its number says so. Systems without times of birth may
 * give the time of the last change in their place. So equal times prove that it is the same file; others prove that it
 * is another one if either is known to be a time of birth.
 */
export function isSameFile(id: FileId, state: FileState): 'yes' | 'perhaps' | 'no' {
  const { device, inode, birthMs, isBorn } = fileId(state);
  if (device !== id.device || inode !== id.inode) return 'no';
  if (id.birthMs === 0 || birthMs === 0) return 'perhaps';
  if (birthMs === id.birthMs) return 'yes';
  return isBorn || id.isBorn ? 'no' : 'perhaps';
}

/** How much of the start of a log the fingerprint covers, as soon as there is so much. */
export const fingerprintBytes = 4096;
/** How much before a position is hashed. */
const tailBytes = 1024;
const blockBytes = 64 * 1024;

/** The `length` bytes before position `at` of the (decompressed) content, as a hash. */
export interface Mark {
  readonly at: number;
  readonly length: number;
  readonly hash: string;
}

/** Says nothing, so it agrees with everything. */
export const noMark: Mark = { at: 0, length: 0, hash: '' };

/** The mark at position `at`, with the bytes before index `end` of the buffer, at most 1 KiB. */
export function markBefore(buffer: Buffer, end: number, at: number): Mark {
  const length = Math.min(tailBytes, end, at);
  return { at, length, hash: digest(buffer.subarray(end - length, end)) };
}

/** The fingerprint: the mark of all the given first bytes of a log, at most 4 KiB. */
export function fingerprint(start: Buffer): Mark {
  const bytes = start.subarray(0, fingerprintBytes);
  return { at: bytes.length, length: bytes.length, hash: digest(bytes) };
}

/** True when these bytes, which begin at position `from`, agree with the mark; false also when they do not reach. */
export function agrees(mark: Mark, bytes: Buffer, from: number): boolean {
  if (mark.length === 0) return true;
  const start = mark.at - mark.length - from;
  if (start < 0 || start + mark.length > bytes.length) return false;
  return digest(bytes.subarray(start, start + mark.length)) === mark.hash;
}

function digest(bytes: Buffer): string {
  return hash('sha256', bytes, 'base64url').slice(0, 22);
}

/** The first bytes of an open plain file, as many as a fingerprint takes. */
export async function startOf(handle: LogHandle): Promise<Buffer> {
  const start = Buffer.alloc(fingerprintBytes);
  const { bytesRead } = await handle.read(start, 0, fingerprintBytes, 0);
  return start.subarray(0, bytesRead);
}

/** The mark of the last bytes of an open plain file of this size. */
export async function tailOf(handle: LogHandle, size: number): Promise<Mark> {
  const end = Buffer.alloc(Math.min(tailBytes, size));
  const { bytesRead } = await handle.read(end, 0, end.length, size - end.length);
  return markBefore(end, bytesRead, size);
}

/** Whether the content of an open plain file agrees with all the marks. */
export async function plainAgrees(handle: LogHandle, marks: readonly Mark[]): Promise<boolean> {
  for (const mark of marks) {
    const bytes = Buffer.alloc(mark.length);
    const { bytesRead } = await handle.read(bytes, 0, mark.length, mark.at - mark.length);
    if (!agrees(mark, bytes.subarray(0, bytesRead), mark.at - mark.length)) return false;
  }
  return true;
}

/** What was found by reading content once through. */
export interface Survey {
  readonly length: number;
  /** The marks that agree. */
  readonly agreed: ReadonlySet<Mark>;
  readonly fingerprint: Mark;
  readonly tail: Mark;
}

/**
 * Reads content from its start to its end (or, with `limit`, at least that far when there is so much) and compares it
 * with the marks. Bounded memory.
 */
export async function survey(source: ByteSource, marks: readonly Mark[], limit = Infinity): Promise<Survey> {
  const ordered = marks.toSorted((one, other) => one.at - other.at);
  const agreed = new Set(marks.filter(({ length }) => length === 0));
  const buffer = Buffer.allocUnsafeSlow(fingerprintBytes + blockBytes);
  let head = noMark;
  let base = 0;
  let filled = 0;
  let next = 0;
  while (base + filled < limit) {
    const count = await source.read(buffer, filled, buffer.length - filled);
    if (count === 0) break;
    filled += count;
    if (base === 0 && head.length < fingerprintBytes) head = fingerprint(buffer.subarray(0, filled));
    for (let mark = ordered[next]; mark && mark.at <= base + filled; mark = ordered[++next]) {
      if (agrees(mark, buffer.subarray(0, filled), base)) agreed.add(mark);
    }
    if (filled < buffer.length) continue;
    buffer.copy(buffer, 0, filled - fingerprintBytes, filled);
    base += filled - fingerprintBytes;
    filled = fingerprintBytes;
  }
  return { length: base + filled, agreed, fingerprint: head, tail: markBefore(buffer, filled, base + filled) };
}
