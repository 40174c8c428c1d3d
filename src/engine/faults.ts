// Files that cannot be read now: reported once, tried again with growing pauses, reported again when they can be read
// (engine 1.13).
import { codeOf, messageOf } from '../model/errors.ts';
import type { Clock } from '../model/clock.ts';

const maxPauseMs = 10_000;

/** What failed: looking at the path, or reading its content. */
export type FaultStage = 'look' | 'read';

interface Fault {
  readonly text: string;
  readonly pauseMs: number;
  readonly retryAtMs: number;
}

/** The faults of a follower. */
export class Faults {
  readonly #faults: Record<FaultStage, Map<string, Fault>> = { look: new Map(), read: new Map() };
  readonly #clock: Clock;
  readonly #firstPauseMs: number;
  readonly #emit: (type: 'fault' | 'recovered', path: string, detail: string) => void;

  constructor(
    clock: Clock,
    firstPauseMs: number,
    emit: (type: 'fault' | 'recovered', path: string, detail: string) => void,
  ) {
    this.#clock = clock;
    this.#firstPauseMs = firstPauseMs;
    this.#emit = emit;
  }

  /** Records a failure; an event only when it is a new one. */
  report(stage: FaultStage, path: string, error: unknown): void {
    const text = describe(error);
    const known = this.#faults[stage].get(path);
    const pauseMs = Math.min(maxPauseMs, known ? known.pauseMs * 2 : this.#firstPauseMs);
    this.#faults[stage].set(path, { text, pauseMs, retryAtMs: this.#clock.monotonic() + pauseMs });
    if (known?.text !== text) this.#emit('fault', path, text);
  }

  /** Records that it works (again). */
  clear(stage: FaultStage, path: string): void {
    const known = this.#faults[stage].get(path);
    if (!known) return;
    this.#faults[stage].delete(path);
    this.#emit('recovered', path, known.text);
  }

  /** Forgets a path that is gone or is another file now. */
  forget(path: string): void {
    this.#faults.look.delete(path);
    this.#faults.read.delete(path);
  }

  /** True while it is not yet time to try again. */
  isWaiting(stage: FaultStage, path: string): boolean {
    const fault = this.#faults[stage].get(path);
    return fault !== undefined && this.#clock.monotonic() < fault.retryAtMs;
  }

  /** What is wrong with a path, or undefined. */
  textOf(path: string): string | undefined {
    return (this.#faults.look.get(path) ?? this.#faults.read.get(path))?.text;
  }
}

const wordsByCode: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EIO: 'input/output error',
  ESTALE: 'stale file handle',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files in the system',
  ELOOP: 'too many symbolic links',
};

/** A fault in words for people. */
export function describe(error: unknown): string {
  return wordsByCode[codeOf(error) ?? ''] ?? messageOf(error);
}
