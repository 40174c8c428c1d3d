// Notices of changes in folders. They only shorten the waiting: network file systems send none, so whoever waits looks
// again after a while in any case (engine 1.9).
import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { basename, join } from 'node:path';

/** More folders than this are only polled: notices are a limited resource of the system. */
const maxFolders = 64;
/** Names of one pause; when there are more, the rest is found by looking. */
const maxHints = 10_000;

/** Watches folders. */
export class FolderWatch {
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #hints = new Set<string>();
  #wake: (() => void) | undefined;
  #end: (() => void) | undefined;
  #isInterrupted = false;
  #isClosed = false;

  /** Watches exactly these folders from now on, as far as possible. */
  follow(folders: readonly string[]): void {
    if (this.#isClosed) return;
    const wanted = new Set(folders.slice(0, maxFolders));
    for (const [folder, watcher] of this.#watchers) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of wanted) if (!this.#watchers.has(folder)) this.#start(folder);
  }

  /** Paths that were named in notices since the last call. */
  takeHints(): ReadonlySet<string> {
    const hints = new Set(this.#hints);
    this.#hints.clear();
    return hints;
  }

  /** Ends the present wait at once, or the next one when nobody waits. */
  interrupt(): void {
    if (this.#end) this.#end();
    else this.#isInterrupted = true;
  }

  /**
   * Resolves after `longestMs`, or after `shortestMs` when there is or comes a notice, or at once when the signal is
   * aborted. Leaves no timer behind.
   */
  wait(shortestMs: number, longestMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted || this.#isInterrupted) {
        this.#isInterrupted = false;
        return resolve();
      }
      const timers: NodeJS.Timeout[] = [];
      const end = (): void => {
        for (const timer of timers) clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.#wake = undefined;
        this.#end = undefined;
        resolve();
      };
      this.#end = end;
      let mayEnd = false;
      let isAsked = this.#hints.size > 0;
      this.#wake = () => {
        isAsked = true;
        if (mayEnd) end();
      };
      timers.push(
        setTimeout(() => {
          mayEnd = true;
          if (isAsked) end();
        }, shortestMs),
        setTimeout(end, longestMs),
      );
      signal.addEventListener('abort', end, { once: true });
    });
  }

  close(): void {
    this.#isClosed = true;
    this.follow([]);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    this.interrupt();
  }

  #start(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        if (name !== null && this.#hints.size < maxHints) this.#hints.add(join(folder, name));
        // Its own name means that the folder itself was moved or removed; a new one in its place is watched anew.
        if (name === basename(folder)) this.#drop(folder, watcher);
        this.#wake?.();
      });
      // A folder that is removed, or a system without notices: polling goes on, and the next look tries again.
      watcher.on('error', () => this.#drop(folder, watcher));
      this.#watchers.set(folder, watcher);
    } catch {
      // Not there, or no notices to be had.
    }
  }

  #drop(folder: string, watcher: FSWatcher): void {
    watcher.close();
    if (this.#watchers.get(folder) === watcher) this.#watchers.delete(folder);
  }
}
