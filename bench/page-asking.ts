// The process that asks the page in its benchmark, seen from the benchmark.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Errand, Fetched } from './page-client.ts';

/** A process that fetches. */
export class Client {
  readonly #process: ChildProcess = fork(fileURLToPath(new URL('./page-client.ts', import.meta.url)));

  async fetch(urls: readonly string[], atOnce: number): Promise<readonly Fetched[]> {
    this.#process.send({ urls, atOnce } satisfies Errand);
    const [answer] = (await once(this.#process, 'message')) as [readonly Fetched[]];
    const failed = answer.find(({ status }) => status !== 200);
    if (failed) throw new Error(`the page answered ${failed.status}: ${failed.body.slice(0, 300)}`);
    return answer;
  }

  stop(): void {
    this.#process.kill();
  }
}
