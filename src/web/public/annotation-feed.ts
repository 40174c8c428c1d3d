// Asking for the events over the charts: one question at a time, the newest wins.
import { fetchAnnotations } from './api.ts';
import type { Question } from './api.ts';
import type { AnnotationKind } from './wire.ts';

/** The events of a dashboard, asked for again and again. */
export class AnnotationFeed {
  #running: AbortController | undefined;

  /** The kinds with their events; undefined when another question came after, or the server is away. */
  async ask(
    asked: Pick<Question, 'dashboard' | 'fromMs' | 'toMs' | 'variables'>,
  ): Promise<readonly AnnotationKind[] | undefined> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    try {
      const { kinds } = await fetchAnnotations(asked, running.signal);
      return running.signal.aborted ? undefined : kinds;
    } catch {
      // The panels say when the server is away; the events that were there stay.
      return undefined;
    }
  }

  /** Gives up what runs. */
  stop(): void {
    this.#running?.abort();
  }
}
