// Keeps copies of logs that their system deletes (ecs 6.7). Safe by construction: it touches only names that are ours,
// a name in the destination stands for a verified copy, and copies are deleted only when that makes the room needed.
import { readdir, realpath, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../model/clock.ts';
import { codeOf, ExitError, messageOf, printable, UsageError } from '../model/errors.ts';
import type { BackUp, BackupPlan, BackupResult } from '../model/command.ts';
import { BackupIndex, listCopies, logName } from './backup-index.ts';
import type { Copy } from './backup-index.ts';
import { contentHash, copyLog, partialOf } from './backup-copy.ts';
import { acquireLock } from './lock.ts';

/** Room on a partition in bytes: its size, and what ordinary users can still have. */
export interface Room {
  readonly size: number;
  readonly free: number;
}

/** What a run needs of the machine. */
export interface BackupServices {
  now(): number;
  room(directory: string): Promise<Room>;
}

const machine: BackupServices = {
  now: () => systemClock.now(),
  async room(directory) {
    const { bsize, blocks, bavail } = await statfs(directory);
    return { size: bsize * blocks, free: bsize * bavail };
  },
};

/** A log that was written to so lately may be written to now. */
const settledMs = 5000;
/** The newest log is being written; unless nothing came for so long. */
const stalledMs = 10 * 60_000;
/** A copy of a log this young is never deleted. */
const youngMs = 3_600_000;
/** What logs become compressed, for the room that one will need. */
const ratio = 4;
/** The index is written after so many copies, and at the end. */
const copiesPerSave = 50;

/** Runs the backup once on this machine. */
export const backUp: BackUp = (plan) => runBackup(plan, machine);

/** Runs the backup once. Throws ExitError with status 2 for a missing folder, UsageError for one of no use. */
export async function runBackup(plan: BackupPlan, services: BackupServices): Promise<BackupResult> {
  await checkFolders(plan);
  const lock = await acquireLock(join(plan.destination, '.switchboard-backup.lock')).catch((error: unknown) => {
    if (error instanceof UsageError) return undefined;
    throw new ExitError(2, `${printable(plan.destination)} cannot be written to: ${messageOf(error)}`);
  });
  if (!lock) return new Run(plan, services, await BackupIndex.open(plan.destination), new Map()).busy();
  try {
    await removeUnfinished(plan);
    const copies = await listCopies(plan.destination, plan.isOurs);
    return await new Run(plan, services, await BackupIndex.open(plan.destination), copies).copyAll();
  } finally {
    await lock.release();
  }
}

async function checkFolders({ source, destination }: BackupPlan): Promise<void> {
  const real = async (path: string, what: string): Promise<string> => {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() !== true) throw new ExitError(2, `${what} ${printable(path)} is no folder`);
    return realpath(path);
  };
  if ((await real(source, 'the source')) === (await real(destination, 'the destination'))) {
    throw new UsageError('source and destination are one folder; name another one for the copies');
  }
}

/** Removes what a killed run left half written. */
async function removeUnfinished({ destination, isOurs }: BackupPlan): Promise<void> {
  for (const name of await readdir(destination)) {
    const of = partialOf(name);
    if (of !== undefined && isOurs(of)) await rm(join(destination, name), { force: true });
  }
}

interface SourceLog {
  readonly name: string;
  readonly path: string;
  readonly size: number;
  readonly modifiedMs: number;
}

/** One run. */
class Run {
  readonly #plan: BackupPlan;
  readonly #services: BackupServices;
  readonly #index: BackupIndex;
  readonly #copies: Map<string, Copy>;
  readonly #startedMs: number;
  readonly #notes: string[] = [];
  readonly #counts = { copied: 0, bytes: 0, deleted: 0, vanished: 0, failed: 0 };
  #isPartial = false;

  constructor(plan: BackupPlan, services: BackupServices, index: BackupIndex, copies: Map<string, Copy>) {
    this.#plan = plan;
    this.#services = services;
    this.#index = index;
    this.#copies = copies;
    this.#startedMs = services.now();
  }

  /** The result when another run holds the lock. */
  async busy(): Promise<BackupResult> {
    this.#notes.push('another run is at work there; nothing was done');
    return this.#result('busy');
  }

  async copyAll(): Promise<BackupResult> {
    const logs = await this.#logs();
    this.#warnOfGap(logs);
    const names = new Set(logs.map(({ name }) => name));
    for (const name of this.#index.evicted) if (!names.has(name)) this.#index.evicted.delete(name);
    for (const log of logs) {
      if (this.#plan.signal.aborted) {
        this.#isPartial = true;
        break;
      }
      if (this.#index.evicted.has(log.name) || (await this.#isDone(log))) continue;
      if (!(await this.#makeRoom(log))) break;
      await this.#copy(log);
    }
    this.#index.lastRunMs = this.#services.now();
    await this.#index.save();
    return this.#result(this.#isPartial || this.#counts.failed > 0 ? 'partial' : 'done');
  }

  /** The logs that can be copied now, oldest name first. */
  async #logs(): Promise<readonly SourceLog[]> {
    const { source, isOurs } = this.#plan;
    const found: SourceLog[] = [];
    for (const name of await readdir(source)) {
      if (!isOurs(name)) continue;
      const path = join(source, name);
      const file = await stat(path).catch((error: unknown) => this.#missing(path, error));
      if (file?.isFile() === true) found.push({ name: logName(name), path, size: file.size, modifiedMs: file.mtimeMs });
    }
    const newest = found.reduce((latest, { modifiedMs }) => Math.max(latest, modifiedMs), 0);
    const nowMs = this.#startedMs;
    return found
      .filter(({ modifiedMs }) => nowMs - modifiedMs >= (modifiedMs === newest ? stalledMs : settledMs))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  }

  #missing(path: string, error: unknown): undefined {
    if (codeOf(error) === 'ENOENT') this.#counts.vanished++;
    else this.#fail(path, error);
  }

  #fail(path: string, error: unknown): void {
    this.#counts.failed++;
    if (this.#counts.failed <= 10) this.#notes.push(`${printable(path)}: ${printable(messageOf(error))}`);
  }

  /** Logs that vanish between two runs are never seen: tell when that is near. */
  #warnOfGap(logs: readonly SourceLog[]): void {
    const { lastRunMs } = this.#index;
    if (lastRunMs === undefined || logs.length === 0) return;
    const oldestMs = logs.reduce((oldest, { modifiedMs }) => Math.min(oldest, modifiedMs), Number.POSITIVE_INFINITY);
    const ageMs = this.#startedMs - oldestMs;
    if (ageMs < 2 * (this.#startedMs - lastRunMs)) {
      this.#notes.push(
        `the oldest log is ${Math.round(ageMs / 1000)} s old and the last run was ${Math.round((this.#startedMs - lastRunMs) / 1000)} s ago: run more often, or logs are lost between runs`,
      );
    }
  }

  /** True when a verified copy of the log as it is now is there. */
  async #isDone(log: SourceLog): Promise<boolean> {
    const copy = this.#copies.get(log.name);
    if (!copy) return false;
    const known = this.#index.copied.get(log.name);
    if (known) return known.size === log.size && known.modifiedMs === log.modifiedMs;
    // Left by a crash, or by another tool: it counts when it holds the same.
    const { signal } = this.#plan;
    try {
      const [wanted, got] = [
        await contentHash(log.path, isZipped(log.path), signal),
        await contentHash(copy.path, isZipped(copy.path), signal),
      ];
      if (wanted !== got) return false;
    } catch {
      return false;
    }
    this.#index.copied.set(log.name, { size: log.size, modifiedMs: log.modifiedMs });
    return true;
  }

  /** Deletes the oldest copies if that makes the room a log needs; false when it cannot be made. */
  async #makeRoom(log: SourceLog): Promise<boolean> {
    const { destination, maxUsedPercent, isCompressed } = this.#plan;
    const needed = isCompressed && !isZipped(log.path) ? Math.ceil(log.size / ratio) : log.size;
    const { size, free } = await this.#services.room(destination);
    let tooMuch = size - free + needed - (size * maxUsedPercent) / 100;
    if (tooMuch <= 0) return true;
    const candidates = this.#deletable().filter(({ name }) => name < log.name);
    const deletable = candidates.reduce((sum, { copy }) => sum + copy.bytes, 0);
    if (deletable < tooMuch) {
      this.#isPartial = true;
      this.#notes.push(
        `the partition of ${printable(destination)} is full above ${maxUsedPercent} % and deleting copies would not help: make room, or set --max-used`,
      );
      return false;
    }
    for (const { name, copy } of candidates) {
      if (tooMuch <= 0) break;
      await rm(copy.path, { force: true });
      this.#copies.delete(name);
      this.#index.copied.delete(name);
      this.#index.evicted.add(name);
      this.#counts.deleted++;
      tooMuch -= copy.bytes;
    }
    await this.#index.save();
    return true;
  }

  /** Copies of ours that may be deleted, oldest name first. Those that are not in the index may be another's. */
  #deletable(): readonly { readonly name: string; readonly copy: Copy }[] {
    const names = [...this.#copies.keys()].toSorted();
    return names.slice(0, Math.max(0, names.length - this.#plan.keepMin)).flatMap((name) => {
      const copy = this.#copies.get(name);
      const isYoung = copy !== undefined && this.#startedMs - copy.modifiedMs < youngMs;
      return copy && !isYoung && this.#index.copied.has(name) ? [{ name, copy }] : [];
    });
  }

  async #copy(log: SourceLog): Promise<void> {
    const { destination, isCompressed, signal } = this.#plan;
    const target = join(destination, isCompressed || isZipped(log.path) ? `${log.name}.gz` : log.name);
    try {
      const copied = await copyLog(log.path, target, signal);
      if (!copied) {
        this.#notes.push(`${printable(log.path)} was written to while it was copied; the next run takes it`);
        return;
      }
      const { size, mtimeMs } = await stat(target);
      this.#copies.set(log.name, { path: target, bytes: size, modifiedMs: mtimeMs });
      this.#index.copied.set(log.name, copied);
      this.#counts.copied++;
      this.#counts.bytes += copied.size;
      if (this.#counts.copied % copiesPerSave === 0) await this.#index.save();
    } catch (error) {
      if (signal.aborted) this.#isPartial = true;
      else this.#missing(log.path, error);
    }
  }

  async #result(status: BackupResult['status']): Promise<BackupResult> {
    const { size, free } = await this.#services.room(this.#plan.destination);
    const nowMs = this.#services.now();
    const oldestMs = [...this.#copies.values()].reduce((oldest, { modifiedMs }) => Math.min(oldest, modifiedMs), nowMs);
    return {
      status,
      ...this.#counts,
      // Down to a tenth: a partition just below the limit must not look as full as it may be.
      usedPercent: size === 0 ? 0 : Math.floor((1000 * (size - free)) / size) / 10,
      oldestAgeSeconds: Math.round((nowMs - oldestMs) / 1000),
      runSeconds: Math.round(nowMs - this.#startedMs) / 1000,
      notes: this.#notes,
    };
  }
}

function isZipped(path: string): boolean {
  return /\.gz$/i.test(path);
}
