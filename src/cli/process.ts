// The process around a command: signals, closed pipes, and the exit status. Nothing else touches `process`.
import type { Interruption } from './terminal.ts';
import { runProgram } from './program.ts';

/** A command that does not end by itself after it was told to is ended, so that Ctrl-C twice always works. */
const hardStatus = { SIGINT: 130, SIGTERM: 143 } as const;

/** Runs the command line of this process and ends it. */
export async function runProcess(): Promise<void> {
  const interruption = watchProcess();
  const { stdin, stdout, stderr, env: environment } = process;
  const status = await runProgram(process.argv.slice(2), { stdin, stdout, stderr, environment, interruption });
  // What is left open now (a socket kept alive, an unread standard input) must not keep the process.
  process.exit(status);
}

function watchProcess(): Interruption {
  const ending = new AbortController();
  let kind: Interruption['kind'];
  const end = (why: NonNullable<Interruption['kind']>): void => {
    kind ??= why;
    ending.abort();
  };
  for (const [name, why] of [
    ['SIGINT', 'interrupt'],
    ['SIGTERM', 'terminate'],
  ] as const) {
    process.on(name, () => {
      if (ending.signal.aborted) process.exit(hardStatus[name]);
      end(why);
    });
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') end('closed');
  });
  // Without anybody to read the messages there is nobody to tell.
  process.stderr.on('error', () => undefined);
  return {
    signal: ending.signal,
    get kind() {
      return kind;
    },
    onReload(callback) {
      process.on('SIGHUP', callback);
    },
  };
}
