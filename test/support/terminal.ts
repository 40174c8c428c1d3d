// A terminal in memory, for running the command line inside the test.
import { Readable, Writable } from 'node:stream';
import { runProgram } from '../../src/cli/program.ts';
import type { Interruption, OutputStream, Terminal } from '../../src/cli/terminal.ts';

/** A stream that keeps what is written. */
export function keptStream(isTTY = false, columns?: number): { readonly stream: OutputStream; text(): string } {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY, ...(columns === undefined ? {} : { columns }) }), text: () => text };
}

/** How the command line ended, and what it wrote. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What is different from an ordinary pipe. */
export interface TerminalOptions {
  readonly environment?: NodeJS.ProcessEnv;
  readonly input?: string;
  readonly interruption?: Interruption;
}

/** Runs a command line. */
export async function runLine(args: readonly string[], options: TerminalOptions = {}): Promise<Outcome> {
  const { environment = {}, input = '', interruption } = options;
  const [out, err] = [keptStream(), keptStream()];
  const calm: Interruption = { signal: new AbortController().signal, kind: undefined, onReload: () => undefined };
  const terminal: Terminal = {
    stdin: Readable.from([input]),
    stdout: out.stream,
    stderr: err.stream,
    environment,
    interruption: interruption ?? calm,
  };
  const status = await runProgram(args, terminal);
  return { status, stdout: out.text(), stderr: err.text() };
}
