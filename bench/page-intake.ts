// Points written into a store at full speed while something else is measured.
import type { Store } from '../src/outputs/duckdb/store.ts';
import type { sitePoints } from './page-points.ts';

/** Writes one batch; anything but its acceptance is an error. */
export async function put(store: Store, batch: { readonly text: string; readonly points: number }): Promise<void> {
  const lines = Buffer.from(batch.text);
  const result = await store.write({ lines, points: batch.points }, new AbortController().signal);
  if (result.kind !== 'done' || result.refused.length > 0) throw new Error(JSON.stringify(result).slice(0, 500));
}

/** Writes at full speed in the background until it is stopped. */
export class Intake {
  #isStopped = false;
  readonly #done: Promise<{ rate: number; longestMs: number }>;

  constructor(store: Store, points: ReturnType<typeof sitePoints>) {
    this.#done = this.#run(store, points);
  }

  async #run(store: Store, points: ReturnType<typeof sitePoints>): Promise<{ rate: number; longestMs: number }> {
    const startedMs = performance.now();
    let written = 0;
    let longestMs = 0;
    while (!this.#isStopped) {
      const batch = points.next();
      if (batch.done === true) break;
      const beganMs = performance.now();
      await put(store, batch.value);
      longestMs = Math.max(longestMs, performance.now() - beganMs);
      written += batch.value.points;
    }
    return { rate: written / ((performance.now() - startedMs) / 1000), longestMs };
  }

  stop(): Promise<{ rate: number; longestMs: number }> {
    this.#isStopped = true;
    return this.#done;
  }
}
