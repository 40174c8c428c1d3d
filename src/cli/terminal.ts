// The streams and the environment of a command, and what they are able to show.
import type { CommandStreams } from '../model/command.ts';

/** A stream that may be a terminal. */
export type OutputStream = CommandStreams['stdout'];

/** Everything a command has of the world around it. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly environment: NodeJS.ProcessEnv;
  readonly interruption: Interruption;
}

/** A wish to end: by Ctrl-C, by SIGTERM, or because nobody reads the output any more. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** What it was, once `signal` is aborted. */
  readonly kind: 'interrupt' | 'terminate' | 'closed' | undefined;
  /** Calls back on SIGHUP, from now on. */
  onReload(callback: () => void): void;
}

/** True when colours may be written to the stream: a terminal, and nobody has said no (no-color.org). */
export function hasColour(stream: OutputStream, environment: NodeJS.ProcessEnv): boolean {
  if ((environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb') return false;
  return stream.isTTY === true;
}

/** How long a stop may take for what is not delivered yet; nothing can be delivered to a reader that is gone. */
export function graceMs({ kind }: Interruption): number {
  return kind === 'closed' ? 0 : 5000;
}

/** The exit status of a command that was told to end before it was done. */
export function interruptedStatus(kind: Interruption['kind']): number {
  switch (kind) {
    case 'terminate':
      return 143;
    case 'closed':
    case undefined:
      return 0;
    case 'interrupt':
      return 130;
  }
}
