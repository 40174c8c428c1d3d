// The outputs of a process: each is opened once, when the first source needs it, and shared by all that write to it.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Measurement } from '../model/catalogue.ts';
import { messageOf } from '../model/errors.ts';
import type { Log } from '../model/log.ts';
import type { Output } from '../model/output.ts';
import type { QueryEngine } from '../model/query.ts';
import type { OutputConfiguration } from './configuration.ts';

/** What opening an output needs. */
export interface OutputServices {
  readonly measurements: readonly Measurement[];
  readonly stdout: NodeJS.WritableStream;
  readonly log: Log;
}

/** Opens outputs on demand and closes them together. */
export class SharedOutputs {
  readonly #services: OutputServices;
  readonly #opened = new Map<string, Promise<Output>>();
  readonly #stores = new Map<string, QueryEngine>();

  constructor(services: OutputServices) {
    this.#services = services;
  }

  /** The opened output. Rejects when it cannot be opened; the next call tries again. */
  get({ name, kind, options, fingerprint }: OutputConfiguration, stateDirectory: string): Promise<Output> {
    const key = keyOf(fingerprint, stateDirectory);
    let opening = this.#opened.get(key);
    if (!opening) {
      opening = this.#open(key, kind, options, join(stateDirectory, 'outputs', name));
      this.#opened.set(key, opening);
      opening.catch(() => this.#opened.delete(key));
    }
    return opening;
  }

  /** The first store among the opened outputs that can answer questions. */
  get queries(): QueryEngine | undefined {
    return this.#stores.values().next().value;
  }

  /** Closes the outputs that none of the configurations uses any more. */
  async closeAllBut(wanted: readonly OutputConfiguration[], stateDirectory: string): Promise<void> {
    const keep = new Set(wanted.map(({ fingerprint }) => keyOf(fingerprint, stateDirectory)));
    const closing = [...this.#opened].filter(([key]) => !keep.has(key));
    await Promise.all(
      closing.map(async ([key, opening]) => {
        this.#opened.delete(key);
        this.#stores.delete(key);
        try {
          await (await opening).close();
        } catch (error) {
          this.#services.log.warn('an output could not be closed in order', { reason: messageOf(error) });
        }
      }),
    );
  }

  async #open(key: string, kind: OutputConfiguration['kind'], options: unknown, directory: string): Promise<Output> {
    const { measurements, stdout } = this.#services;
    await mkdir(directory, { recursive: true });
    const output = await kind.open({ options, measurements, directory, stdout });
    if (output.queries) this.#stores.set(key, output.queries);
    return output;
  }
}

function keyOf(fingerprint: string, stateDirectory: string): string {
  return JSON.stringify([fingerprint, stateDirectory]);
}
