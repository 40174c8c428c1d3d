// The programs of the native stack as child processes: each with a log file, ended in the reverse order of their start.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { plainEnvironment } from './environment.mjs';

const graceMs = 30_000;
const shownLines = 8;

/** Starts programs and ends them. `onFault` hears of one that ended without being told to. */
export class Children {
  #logs;
  #onFault;
  #running = [];
  #isStopping = false;

  constructor(logs, onFault) {
    mkdirSync(logs, { recursive: true });
    this.#logs = logs;
    this.#onFault = onFault;
  }

  /** Path of a program's log. */
  log(name) {
    return join(this.#logs, `${name}.log`);
  }

  /** Starts a program; resolves with its pid when it runs. The log of its last run is kept as NAME.log.old. */
  start(name, command, parameters, { environment = {}, folder } = {}) {
    const log = this.log(name);
    if (existsSync(log)) renameSync(log, `${log}.old`);
    const output = openSync(log, 'w', 0o600);
    // A group of its own: Ctrl-C reaches this process only, which then ends the others in order.
    const child = spawn(command, parameters, {
      cwd: folder,
      env: { ...plainEnvironment(), ...environment },
      stdio: ['ignore', output, output],
      detached: true,
    });
    closeSync(output);
    const ended = new Promise((resolve) => {
      child.once('exit', (status, signal) => resolve(signal ?? `status ${status}`));
      child.once('error', (error) => resolve(error.message));
    });
    void ended.then((how) => {
      if (!this.#isStopping) this.#onFault(new Error(`${name} ended (${how}); its log is ${log}${lastLines(log)}`));
    });
    this.#running.push({ name, child, ended });
    return child.pid;
  }

  /** Ends all, the last one first: SIGTERM, and SIGKILL after half a minute. `isUrgent` is asked while it waits. */
  async stop(isUrgent = new AbortController().signal) {
    this.#isStopping = true;
    for (const { child, ended } of this.#running.splice(0).toReversed()) {
      child.kill('SIGTERM');
      const force = () => child.kill('SIGKILL');
      const limit = setTimeout(force, graceMs);
      if (isUrgent.aborted) force();
      isUrgent.addEventListener('abort', force);
      await ended;
      isUrgent.removeEventListener('abort', force);
      clearTimeout(limit);
    }
  }
}

function lastLines(log) {
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-shownLines);
  if (lines.join('') === '') return '';
  // A log may quote what a stranger sent: nothing of it may steer the terminal.
  const shown = lines.map((line) => `\n  ${line.slice(0, 300).replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')}`);
  return `, which ends with:${shown.join('')}`;
}
