// Asks for the state of many files at once.
import { stat } from 'node:fs';
import type { Stats } from 'node:fs';
import { isAbsence } from './folders.ts';

/** No more calls are under way at once, so that the other work of the thread pool goes on. */
const concurrency = 16;

/** The state of what a path leads to; undefined when there is nothing, an error when that cannot be told. */
export function statOf(path: string): Promise<Stats | Error | undefined> {
  return new Promise((resolve) => {
    stat(path, (error, found) => {
      if (!error) resolve(found);
      else resolve(isAbsence(error) ? undefined : error);
    });
  });
}

/** The state of many paths, in their order. */
export async function statAll(paths: readonly string[]): Promise<(Stats | Error | undefined)[]> {
  const results: (Stats | Error | undefined)[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < paths.length; index = next++) {
      results[index] = await statOf(paths[index] as string);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, paths.length) }, work));
  return results;
}
