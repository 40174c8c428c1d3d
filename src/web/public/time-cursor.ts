// The moment under the pointer, shared by all panels of a page: each draws its line there, only the one under the
// pointer says what it shows.

/** Told of the moment, epoch milliseconds; undefined when the pointer has left. */
export type CursorListener = (timeMs: number | undefined) => void;

const listeners = new Set<CursorListener>();

/** Listens until the returned function is called. */
export function onTimeCursor(listener: CursorListener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Tells all but the one that moved. */
export function moveTimeCursor(timeMs: number | undefined, from: CursorListener): void {
  for (const listener of listeners) if (listener !== from) listener(timeMs);
}
