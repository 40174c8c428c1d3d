// A lock file, so that no two processes work on the same state (engine 3.3). It holds within one machine: processes
// are told apart by number, start time and boot. A lock from another host is respected, since nothing can be known of it.
import { randomUUID } from 'node:crypto';
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { codeOf, printable, UsageError } from '../model/errors.ts';

/** A lock that is held. */
export interface Lock {
  readonly path: string;
  /** Gives the lock back; it stays when somebody else has it by now. */
  release(): Promise<void>;
}

interface Holder {
  readonly pid: number;
  /** Start of the process in ticks since boot, and which boot; empty where the system does not tell. */
  readonly started: string;
  readonly boot: string;
  readonly host: string;
  /** Tells this lock from an earlier one of the same process. */
  readonly id: string;
}

const deepestGuard = 3;

/**
 * Takes the lock at `path`, a file in a folder that exists. A lock whose process has ended is taken over. Throws
 * UsageError, with the process and the file in its message, when another process holds it.
 */
export async function acquireLock(path: string): Promise<Lock> {
  return acquire(path, 0);
}

async function acquire(path: string, depth: number): Promise<Lock> {
  const own: Holder = {
    pid: process.pid,
    started: (await startOf(process.pid)) ?? '',
    boot: await bootId(),
    host: hostname(),
    id: randomUUID(),
  };
  const prepared = `${path}.${own.id}`;
  await write(prepared, JSON.stringify(own));
  try {
    if (!(await put(prepared, path))) await takeOver(prepared, path, depth);
  } finally {
    await rm(prepared, { force: true });
  }
  return {
    path,
    release: async () => {
      const holder = await readHolder(path);
      if (typeof holder !== 'string' && holder.id === own.id) await rm(path, { force: true });
    },
  };
}

/**
 * Replaces a stale lock by the prepared one. Several may try: the one who holds the guard decides, on what is there
 * then. The guard is a lock like any other, because its holder may be killed as well.
 */
async function takeOver(prepared: string, path: string, depth: number): Promise<void> {
  await isStale(path);
  if (depth >= deepestGuard) throw new UsageError(`remove the stale lock files ${path}* when no process uses them`);
  const guard = await acquire(`${path}.takeover`, depth + 1);
  try {
    // A lock that is gone by now was given back, and others may put theirs there without the guard.
    if (await isStale(path)) await rename(prepared, path);
    else if (!(await put(prepared, path)))
      throw new UsageError(`another process is just starting with ${printable(path)}`);
  } finally {
    await guard.release();
  }
}

/** True for a lock whose process has ended, false for none at all; throws when somebody holds it. */
async function isStale(path: string): Promise<boolean> {
  const holder = await readHolder(path);
  if (typeof holder === 'string') return holder === 'unreadable';
  const file = printable(path);
  const host = printable(holder.host, 256);
  if (holder.host !== hostname()) {
    throw new UsageError(
      `process ${holder.pid} on host ${host} uses this state (lock file ${file}); ` +
        'if that process has ended, remove the file; never let two hosts share one state folder',
    );
  }
  if (await isAlive(holder)) {
    throw new UsageError(
      `process ${holder.pid} uses this state already (lock file ${file}); ` +
        'stop it first, or give this one a state folder (stateDir) of its own',
    );
  }
  return true;
}

async function write(path: string, content: string): Promise<void> {
  const file = await open(path, 'wx', 0o640);
  try {
    await file.writeFile(content);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** Puts the prepared lock in place, whole, unless there is one; false when there is. */
async function put(prepared: string, path: string): Promise<boolean> {
  try {
    await link(prepared, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(codeOf(error) ?? '')) throw error;
  }
  // A file system without hard links: not whole at once, but still exclusive.
  try {
    await write(path, await readFile(prepared, 'utf8'));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Who holds the lock; `unreadable` when the file is not whole, as a loss of power can leave it. */
async function readHolder(path: string): Promise<Holder | 'absent' | 'unreadable'> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return 'unreadable';
    if (codeOf(error) === 'ENOENT') return 'absent';
    throw error;
  }
  if (typeof json !== 'object' || json === null) return 'unreadable';
  const { pid, started, boot, host, id } = json as Readonly<Record<string, unknown>>;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0 || typeof host !== 'string') {
    return 'unreadable';
  }
  return { pid, started: String(started ?? ''), boot: String(boot ?? ''), host, id: String(id ?? '') };
}

async function isAlive({ pid, started, boot }: Holder): Promise<boolean> {
  const now = await bootId();
  if (boot !== '' && now !== '' && boot !== now) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, as somebody else.
    if (codeOf(error) === 'ESRCH') return false;
  }
  const start = await startOf(pid);
  if (start === 'ended') return false;
  // The same number with another start is a later process that was given the number again.
  return started === '' || start === undefined || start === started;
}

/** When a process was started, in clock ticks since boot, or `ended`; undefined where the system does not tell. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may itself hold blanks and parentheses; the start time is the 20th field after it.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    // Killed, and its parent has not looked yet: it does nothing any more.
    if (fields[0] === 'Z' || fields[0] === 'X') return 'ended';
    return fields[19];
  } catch {
    return undefined;
  }
}

async function bootId(): Promise<string> {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'latin1')).trim();
  } catch {
    return '';
  }
}
