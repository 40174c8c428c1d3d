// An output that keeps the last value of every field of every point, and notices when a stored count goes down.
import type { Batch, Output, WriteResult } from '../../src/model/output.ts';

/** What the next write answers; `accept but lose` stores the batch and says that nothing is known. */
export type Answer = 'accept' | 'accept but lose' | 'refuse connection' | 'wrong token';

/** A store in memory, for one or several sources. */
export class MemoryStore implements Output {
  /** `head time` to field to value, as written. */
  readonly points = new Map<string, Map<string, number | string>>();
  /** Every time a number was written that is lower than the one before. */
  readonly lowered: string[] = [];
  writes = 0;
  answer: () => Answer = () => 'accept';

  write(batch: Batch): Promise<WriteResult> {
    this.writes++;
    const answer = this.answer();
    if (answer.startsWith('accept')) this.#store(batch.lines.toString('utf8'));
    if (answer === 'accept') return Promise.resolve({ kind: 'done', refused: [] });
    return Promise.resolve({ kind: 'retry', reason: answer, needsHuman: answer === 'wrong token', afterMs: 1 });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Values of one field of a measurement: `<tag value>… <time>` to number, for the tags named. */
  values(measurement: string, field: string, tags: readonly string[]): Map<string, number> {
    const result = new Map<string, number>();
    for (const [key, fields] of this.points) {
      const [head = '', time = ''] = key.split(' ');
      const value = fields.get(field);
      if (head.split(',')[0] !== measurement || typeof value !== 'number') continue;
      const pairs = new Map(
        head
          .split(',')
          .slice(1)
          .map((pair) => pair.split('=') as [string, string]),
      );
      const name = [...tags.map((tag) => pairs.get(tag) ?? ''), time].join(' ');
      result.set(name, (result.get(name) ?? 0) + value);
    }
    return result;
  }

  #store(lines: string): void {
    for (const line of lines.split('\n')) {
      if (line === '') continue;
      // Tags and texts of the tests have no blanks.
      const [head = '', fields = '', time = ''] = line.split(' ');
      const key = `${head} ${time}`;
      const stored = this.points.get(key) ?? new Map<string, number | string>();
      this.points.set(key, stored);
      for (const pair of fields.split(',')) {
        const [name = '', text = ''] = pair.split('=');
        const value = text.startsWith('"') ? text : Number(text.replace(/i$/, ''));
        const before = stored.get(name);
        if (typeof before === 'number' && typeof value === 'number' && value < before)
          this.lowered.push(`${line} after ${before}`);
        stored.set(name, value);
      }
    }
  }
}
