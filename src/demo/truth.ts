// What was written, for comparing: one JSON line per minute with the number of events of each kind and key.
import { appendFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EcsSecond } from './ecs-lines.ts';

/** The file beside the logs. */
export const truthName = 'truth.jsonl';

/** One line of the truth. A minute has several when the demo was stopped within it: add them up. */
export interface TruthRecord {
  /** Start of the minute, ISO 8601 in UTC. */
  readonly minute: string;
  readonly lines: number;
  /** By kind as in ecs-lines.ts, then by number, type, process, sub-event, message, outcome or link. */
  readonly events: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Above this size the file becomes `truth.jsonl.1`, and the one before goes. */
const limitBytes = 4_000_000;

/** Adds up seconds and writes whole minutes. */
export class TruthFile {
  readonly #path: string;
  #minuteMs = Number.NaN;
  #lines = 0;
  #events: Record<string, Record<string, number>> = {};
  #pending = '';

  constructor(directory: string) {
    this.#path = join(directory, truthName);
  }

  /** Counts a second that is in the log. */
  add(second: EcsSecond): void {
    const minuteMs = Math.floor(second.timeMs / 60_000) * 60_000;
    if (minuteMs !== this.#minuteMs) this.#endMinute();
    this.#minuteMs = minuteMs;
    this.#lines += second.lines;
    for (const [name, count] of second.events) {
      const [kind = '', key = ''] = name.split(' ');
      const counts = (this.#events[kind] ??= {});
      counts[key] = (counts[key] ?? 0) + count;
    }
  }

  /** Writes the minutes that are complete; with `isLast` the open one too. */
  async flush(isLast = false): Promise<void> {
    if (isLast) this.#endMinute();
    if (this.#pending === '') return;
    const size = await stat(this.#path).then(
      (found) => found.size,
      () => 0,
    );
    if (size > limitBytes) await rename(this.#path, `${this.#path}.1`);
    const text = this.#pending;
    await appendFile(this.#path, text);
    this.#pending = this.#pending.slice(text.length);
  }

  #endMinute(): void {
    if (this.#lines > 0) {
      const minute = new Date(this.#minuteMs).toISOString();
      const record: TruthRecord = { minute, lines: this.#lines, events: this.#events };
      this.#pending += `${JSON.stringify(record)}\n`;
    }
    this.#lines = 0;
    this.#events = {};
    this.#minuteMs = Number.NaN;
  }
}
