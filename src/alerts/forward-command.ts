// Forwards an alert to a program: no shell, arguments as configured, the alert as JSON on standard input. Exit status
// 0 is done, 65 (EX_DATAERR) never, everything else is tried again.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { messageOf, printable } from '../model/errors.ts';
import { publicAlert } from './forward.ts';
import type { Forward, Forwarded } from './forward.ts';
import type { AlertEntry } from './entry.ts';
import type { ForwardOf } from './options.ts';

/** The status with which a program says that it will never take this alert. */
const neverStatus = 65;
/** So much of what it writes on standard error is shown. */
const keptErrorBytes = 2000;
/** What a program is given of our environment; the rest holds secrets. */
const passedOn = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];

/** Runs `options.command` once per alert. `environment` is that of this process. */
export function commandForward(options: ForwardOf<'command'>, environment: NodeJS.ProcessEnv): Forward {
  return (entry, signal) => run(options, environment, entry, signal);
}

function run(
  { command, timeoutSeconds }: ForwardOf<'command'>,
  environment: NodeJS.ProcessEnv,
  entry: AlertEntry,
  signal: AbortSignal,
): Promise<Forwarded> {
  return new Promise((resolve) => {
    const [program = '', ...args] = command;
    let child: ChildProcess;
    try {
      // A group of its own, so that what it started ends with it.
      child = spawn(program, args, {
        shell: false,
        detached: true,
        stdio: ['pipe', 'ignore', 'pipe'],
        env: environmentOf(entry, environment),
      });
    } catch (error) {
      resolve({ kind: 'retry', reason: `cannot be run: ${printable(messageOf(error), 300)}`, needsHuman: true });
      return;
    }
    let said = '';
    let ended = '';
    const stop = (why: string): void => {
      ended ||= why;
      kill(child);
    };
    const onAbort = (): void => stop('stopped');
    const timer = setTimeout(() => stop(`not done after ${timeoutSeconds} s`), timeoutSeconds * 1000);
    const finish = (result: Forwarded): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      // Somebody it left behind may hold it open.
      child.stderr?.destroy();
      resolve(result);
    };
    child.on('error', (error) => {
      finish({ kind: 'retry', reason: `cannot be run: ${printable(messageOf(error), 300)}`, needsHuman: true });
    });
    child.on('exit', (status, killedBy) => finish(resultOf(status, killedBy, ended, said)));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (said.length < keptErrorBytes) said = (said + text).slice(0, keptErrorBytes);
    });
    // A program that does not read its input is free to do so.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(`${JSON.stringify(publicAlert(entry))}\n`);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

function resultOf(status: number | null, killedBy: string | null, ended: string, said: string): Forwarded {
  if (status === 0 && ended === '') return { kind: 'done' };
  const words = printable(said.trim(), 300);
  const why = ended || (killedBy === null ? `exit status ${status}` : `ended by ${killedBy}`);
  const reason = words === '' ? why : `${why}: ${words}`;
  if (status === neverStatus && ended === '') return { kind: 'refused', reason };
  return { kind: 'retry', reason, needsHuman: status === 126 || status === 127 };
}

/** Fixed names; what strangers wrote is freed of control characters, and never becomes a name or an argument. */
function environmentOf(entry: AlertEntry, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = passedOn.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(kept),
    SWITCHBOARD_ALERT_KEY: printable(entry.key),
    SWITCHBOARD_ALERT_STATUS: entry.status,
    SWITCHBOARD_ALERT_NAME: printable(entry.alertname),
    SWITCHBOARD_ALERT_SEVERITY: printable(entry.severity),
    SWITCHBOARD_ALERT_HOST: printable(entry.host),
  };
}

function kill({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
