// Runs commands of the cisco family on logs in memory, as a user would, and composes lines with times in words.
import { PassThrough } from 'node:stream';
import { cisco } from '../../src/families/cisco/index.ts';
import { stamp } from './cisco-log.ts';
import { engineWays, memoryInputs } from './memory-inputs.ts';
import type { CommandResult } from './memory-inputs.ts';

/** Runs a command on files in memory, with options by their long names. */
export async function runCisco(
  name: string,
  files: Readonly<Record<string, string>>,
  options: Readonly<Record<string, unknown>> = {},
): Promise<CommandResult> {
  const command = (await cisco.commands()).find((spec) => spec.name === name);
  if (!command) throw new Error(`no command ${name}`);
  const streams = [new PassThrough(), new PassThrough()] as const;
  const texts = streams.map((stream) => {
    const parts: Buffer[] = [];
    stream.on('data', (part: Buffer) => parts.push(part));
    return () => Buffer.concat(parts).toString('utf8');
  });
  const status = await command.run({
    stdout: streams[0],
    stderr: streams[1],
    stdin: new PassThrough(),
    environment: {},
    signal: new AbortController().signal,
    options,
    files: Object.keys(files),
    openInputs: memoryInputs(files),
    ...engineWays,
  });
  return { status, stdout: texts[0]?.() ?? '', stderr: texts[1]?.() ?? '' };
}

/** Epoch milliseconds of `12 08:24:48`, a day of November 2024 in UTC. */
export function at(when: string): number {
  const [day = '', time = ''] = when.split(' ');
  return Date.parse(`2024-11-${day}T${time}Z`);
}

/** A line of a device at such a moment; `late` is its delay in seconds. */
export function said(when: string, source: string, number: number | undefined, message: string, late = 0): string {
  const ms = at(when);
  const arrival = new Date(ms + late * 1000).toISOString();
  return `${arrival} ${source} ${number === undefined ? '' : `${number}: `}${stamp(ms)}: ${message}`;
}

/** Lines as one file, in order of arrival. */
export function logOf(lines: readonly string[]): Readonly<Record<string, string>> {
  return {
    'cisco.log': lines
      .toSorted((one, other) =>
        one.slice(0, 24) < other.slice(0, 24) ? -1 : one.slice(0, 24) > other.slice(0, 24) ? 1 : 0,
      )
      .map((text) => `${text}\n`)
      .join(''),
  };
}
