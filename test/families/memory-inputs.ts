// Inputs from memory for commands under test, in the order in which real ones would come, and a way to run a command.
import { PassThrough } from 'node:stream';
import { backUp } from '../../src/engine/backup.ts';
import { followInputs } from '../../src/engine/follow-inputs.ts';
import { appendReport } from '../../src/engine/report-file.ts';
import { createFile } from '../../src/engine/output-file.ts';
import { ecs } from '../../src/families/ecs/index.ts';
import type { CommandCall, InputFault, OpenInputs } from '../../src/model/command.ts';
import type { LineChunk } from '../../src/model/family.ts';

/** Files by name; latin-1 text or bytes. A fault in place of bytes is a file that cannot be read. */
export type MemoryFiles = Readonly<Record<string, string | Buffer | InputFault>>;

/** Inputs that hold these files, in chunks of whole lines of about `chunkBytes`. */
export function memoryInputs(files: MemoryFiles, chunkBytes = 300, modifiedMs = Date.UTC(2017, 3, 27)): OpenInputs {
  return (names, { isNameOrdered, last }) => {
    const faults: InputFault[] = [];
    const wanted = names.filter((name) => files[name] !== undefined);
    const sorted = isNameOrdered ? wanted.toSorted() : wanted;
    const ordered = sorted.slice(-(last ?? sorted.length));
    for (const name of names) {
      if (files[name] === undefined) faults.push({ path: name, message: 'no such file', isTotal: true });
    }
    const inputs = {
      faults,
      opened: 0,
      async *chunks(): AsyncIterable<LineChunk> {
        for (const [index, name] of ordered.entries()) {
          const content = files[name];
          if (content === undefined) continue;
          if (typeof content === 'object' && !Buffer.isBuffer(content)) {
            faults.push(content);
            if (!content.isTotal) inputs.opened++;
            continue;
          }
          inputs.opened++;
          const bytes = Buffer.isBuffer(content) ? content : Buffer.from(content, 'latin1');
          const file = { path: name, name, modifiedMs, id: index };
          // The same buffer for every chunk, as the engine does it.
          for (let start = 0; start < bytes.length;) {
            let end = start;
            while (end < bytes.length && (end - start < chunkBytes || bytes[end - 1] !== 10)) end++;
            const lines = bytes.toString('latin1', start, end).split('\n').length - 1;
            yield { file, buffer: bytes, start, end, offset: start, lines };
            start = end;
          }
        }
      },
    };
    return inputs;
  };
}

/** The engine's other ways with files, as commands get them. */
export const engineWays = { followInputs, createFile, backUp, appendReport } as const;

/** What a command wrote and how it ended. */
export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is run, where it matters. */
export interface RunHow {
  readonly names?: readonly string[];
  readonly signal?: AbortSignal;
  readonly openInputs?: OpenInputs;
  readonly modifiedMs?: number;
  readonly isTerminal?: boolean;
  /** Gets what is written, while the command runs. */
  readonly shown?: string[];
}

/** Runs `ecs count` on files in memory, with options by their long names; all files unless named. */
export function runCount(
  files: MemoryFiles,
  options: Readonly<Record<string, unknown>> = {},
  how: RunHow = {},
): Promise<CommandResult> {
  return runCommand('count', files, options, how);
}

/** Runs a command of the ecs family on files in memory, with options by their long names; all files unless named. */
export async function runCommand(
  name: string,
  files: MemoryFiles,
  options: Readonly<Record<string, unknown>> = {},
  how: RunHow = {},
): Promise<CommandResult> {
  const command = (await ecs.commands()).find((one) => one.name === name);
  if (!command) throw new Error(`there is no command ${name}`);
  const out = collector(how.shown);
  const err = collector(how.shown);
  const stdin = Object.assign(new PassThrough(), { isTTY: how.isTerminal ?? false });
  const call: CommandCall = {
    stdout: out.stream,
    stderr: err.stream,
    stdin,
    environment: {},
    signal: how.signal ?? new AbortController().signal,
    options,
    files: how.names ?? Object.keys(files),
    openInputs: how.openInputs ?? memoryInputs(files, 300, how.modifiedMs),
    ...engineWays,
  };
  const status = await command.run(call);
  return { status, stdout: out.text(), stderr: err.text() };
}

function collector(shown: string[] = []): { stream: PassThrough; text: () => string } {
  const stream = new PassThrough();
  const parts: Buffer[] = [];
  stream.on('data', (part: Buffer) => {
    parts.push(part);
    shown.push(part.toString('utf8'));
  });
  return { stream, text: () => Buffer.concat(parts).toString('utf8') };
}
