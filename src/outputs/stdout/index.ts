// The `stdout` output: line protocol for pipes, files and curious people. It waits until each batch is taken.
import { codeOf, messageOf } from '../../model/errors.ts';
import type { Batch, Output, OutputKind, WriteResult } from '../../model/output.ts';

/**
 * Line protocol on standard output, absolute values. When the reader of a pipe is gone, `write` rejects with an error
 * of code `EPIPE`, since nobody can ever take the batch: the program should end quietly.
 */
export const stdout: OutputKind = {
  name: 'stdout',
  title: 'standard output',
  values: 'absolute',
  delivery: () => 'at-least-once',
  losesEventTime: false,
  secretOptions: [],
  options: async () => (await import('./options.ts')).stdoutOptions,
  open: async (context) => openStdout(context.stdout),
};

function openStdout(stream: NodeJS.WritableStream): Output {
  // The error also comes to the write's own callback; without a listener the event would end the process.
  const ignore = (): void => undefined;
  stream.on('error', ignore);
  return {
    write: (batch, signal) => write(stream, batch, signal),
    close: async () => {
      // An error of the last write is told one turn after its callback.
      await new Promise((resolve) => setImmediate(resolve));
      stream.removeListener('error', ignore);
    },
  };
}

function write(stream: NodeJS.WritableStream, batch: Batch, signal: AbortSignal): Promise<WriteResult> {
  return new Promise((resolve, reject) => {
    const finish = (error: unknown): void => {
      signal.removeEventListener('abort', stop);
      if (error === undefined || error === null) return resolve({ kind: 'done', refused: [] });
      const code = codeOf(error);
      if (code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED' || code === 'ERR_STREAM_WRITE_AFTER_END') {
        return reject(Object.assign(new Error('standard output was closed by its reader'), { code: 'EPIPE' }));
      }
      resolve({ kind: 'retry', reason: `standard output: ${messageOf(error)}`, needsHuman: true });
    };
    // A reader that stands still (a pager) must not hold up the end of the program.
    const stop = (): void => resolve({ kind: 'retry', reason: 'standard output is not read', needsHuman: false });
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      stream.write(batch.lines, finish);
    } catch (error) {
      // A file as standard output is written at once and throws.
      finish(error);
    }
  });
}
