// What the commands of the family share.
import type { CommandCall } from '../../model/command.ts';
import { printable, UsageError } from '../../model/errors.ts';
import { MtaBlocks } from './mta-blocks.ts';
import type { MtaBlock } from './mta-blocks.ts';

/** Exit states of ecs 6. */
export const exitStatus = { done: 0, nothingReadable: 2, damaged: 3, interrupted: 130 } as const;

/** Writes a text and waits until the stream has taken it; nothing for an empty text. */
export function writeText(stream: NodeJS.WritableStream, text: string): Promise<void> {
  if (text === '') return Promise.resolve();
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** Reads a day as `yyyy-mm-dd`; undefined when none is given. Throws UsageError. */
export function readDate(option: unknown): string | undefined {
  if (option === undefined) return undefined;
  const text = String(option);
  const date = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(text) : undefined;
  // A 30th of February would become a day of March.
  if (date && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)) return text;
  throw new UsageError(`--date "${printable(text, 100)}": write a day as 2019-01-24`);
}

/** What is done with decoded messages: `block` with each, `pause` now and then, to write what came of them. */
export interface BlockReader {
  block(block: MtaBlock): void;
  pause(): Promise<void>;
}

/** Reads the messages of decoded traces and gives the exit status; faults are told on standard error. */
export async function readBlocks(
  call: CommandCall,
  files: readonly string[],
  date: string | undefined,
  reader: BlockReader,
): Promise<number> {
  const { signal, stderr } = call;
  const inputs = call.openInputs(files, {
    isLogName: (name) => /\.m$/i.test(name),
    isNameOrdered: false,
    signal,
  });
  const blocks = new MtaBlocks((block) => reader.block(block), date);
  try {
    for await (const chunk of inputs.chunks()) {
      if (signal.aborted) break;
      blocks.lines(chunk);
      await reader.pause();
    }
  } catch (error) {
    // An interrupted read ends the search, not what was found.
    if (!signal.aborted) throw error;
  }
  blocks.finish();
  const notes = inputs.faults.map(({ path, message }) => `${printable(path)}: ${printable(message)}\n`);
  if (blocks.cutLines > 0) notes.push(`${blocks.cutLines} lines of endless messages were left out\n`);
  await writeText(stderr, notes.join(''));
  if (signal.aborted) return exitStatus.interrupted;
  if (inputs.opened === 0) return exitStatus.nothingReadable;
  return notes.length > 0 ? exitStatus.damaged : exitStatus.done;
}
