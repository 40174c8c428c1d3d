// An output in memory that keeps every batch it was given and answers as the test says.
import type { Batch, Output, WriteResult } from '../../src/model/output.ts';

/**
 * What a write does. `lost answer`: stores the batch and tells of a retry; `hang`: stores nothing and answers only
 * when aborted, `deaf`: not even then; `throw`: breaks the contract; a refusal names lines by their position.
 */
export type Answer =
  | 'accept'
  | 'retry'
  | 'lost answer'
  | 'needs human'
  | 'hang'
  | 'deaf'
  | 'throw'
  | { readonly refuse: readonly number[] };

/** Keeps what it stored, line by line, in the order of arrival. */
export class MemoryOutput implements Output {
  readonly lines: string[] = [];
  readonly batches: { readonly lines: readonly string[]; readonly points: number }[] = [];
  answer: (batch: Batch) => Answer;
  afterMs: number | undefined;
  attempts = 0;
  #current = 0;
  /** The most writes that were under way at the same time. */
  mostAtOnce = 0;

  constructor(answer: (batch: Batch) => Answer = () => 'accept') {
    this.answer = answer;
  }

  async write(batch: Batch, signal: AbortSignal): Promise<WriteResult> {
    this.attempts++;
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#current);
    await Promise.resolve();
    try {
      return await this.#write(batch, signal);
    } finally {
      this.#current--;
    }
  }

  async #write(batch: Batch, signal: AbortSignal): Promise<WriteResult> {
    const answer = this.answer(batch);
    const lines = batch.lines.toString('utf8').split('\n').slice(0, -1);
    const again = {
      kind: 'retry',
      reason: 'away for the test',
      needsHuman: answer === 'needs human',
      ...(this.afterMs === undefined ? {} : { afterMs: this.afterMs }),
    } as const;
    if (typeof answer === 'object') {
      const refused = answer.refuse.map((index) => ({ line: lines[index] ?? '', reason: 'field type conflict' }));
      this.#store(
        lines.filter((_, index) => !answer.refuse.includes(index)),
        batch.points,
      );
      return { kind: 'done', refused };
    }
    switch (answer) {
      case 'accept':
        this.#store(lines, batch.points);
        return { kind: 'done', refused: [] };
      case 'lost answer':
        this.#store(lines, batch.points);
        return again;
      case 'retry':
      case 'needs human':
        return again;
      case 'throw':
        throw new Error('an output that breaks its contract');
      case 'hang':
        if (!signal.aborted) {
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        }
        return again;
      case 'deaf':
        return new Promise(() => undefined);
    }
  }

  #store(lines: readonly string[], points: number): void {
    this.lines.push(...lines);
    this.batches.push({ lines, points });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
