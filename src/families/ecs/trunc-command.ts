// `mst trunc`: makes all call records of a raw trace the size that a decoder expects (ecs 6.6).
import type { CommandCall, CommandSpec } from '../../model/command.ts';
import { printable, UsageError } from '../../model/errors.ts';
import { exitStatus, writeText } from './command-parts.ts';
import { Truncation } from './trunc.ts';

/** Records are kept whole in memory while they are read. */
const mostBytes = 1_000_000;

/** The command. */
export const truncCommand: CommandSpec = {
  name: 'trunc',
  group: 'mst',
  summary: 'cut or fill the call records of a raw MST trace (.M file) to one size',
  notes: `Examples:
  switchboard mst trunc trace.M 120              writes trace_trunc.M
  switchboard mst trunc trace.M 120 fixed.M

SIZE is in bytes. Records of type 22 are cut, or filled with 00; everything else is copied as it is. The new file
appears when it is complete.

Exit status: 0 done, 1 wrong use, 2 the input could not be read, 3 something in it was damaged (told on standard
error), 130 interrupted (no file is left).`,
  argument: {
    name: 'input-size-output',
    help: 'the trace, the size in bytes, and perhaps the new file',
    isRequired: true,
  },
  options: [{ flags: '--force', help: 'replace a file that is there, or the input itself' }],
  usageStatus: 1,
  run: runTrunc,
};

async function runTrunc(call: CommandCall): Promise<number> {
  const [input = '', sizeText = '', given, ...others] = call.files;
  if (sizeText === '' || others.length > 0) {
    throw new UsageError(
      'name the trace, the size in bytes, and perhaps the new file: mst trunc trace.M 120 [fixed.M]',
    );
  }
  const size = /^\d{1,9}$/.test(sizeText) ? Number(sizeText) : 0;
  if (size < 1 || size > mostBytes) {
    throw new UsageError(`SIZE "${printable(sizeText, 60)}": use a whole number of bytes from 1 to ${mostBytes}`);
  }
  if (given === undefined && input === '-') throw new UsageError('name the new file when the trace is standard input');
  const path = given ?? `${input.replace(/\.m$/i, '')}_trunc.M`;
  const mayReplace = call.options['force'] === true;
  const inputs = call.openInputs([input], { isLogName: () => true, isNameOrdered: false, signal: call.signal });
  const truncation = new Truncation(size);
  const output = await call.createFile(path, { mayReplace });
  try {
    for await (const { buffer, start, end } of inputs.chunks()) {
      if (call.signal.aborted) break;
      await output.write(Buffer.from(repaired(truncation, buffer, start, end), 'latin1'));
    }
    if (!call.signal.aborted && inputs.opened > 0) {
      await output.write(Buffer.from(truncation.finish(), 'latin1'));
      await output.finish();
    } else await output.discard();
  } catch (error) {
    await output.discard();
    if (!call.signal.aborted) throw error;
  }
  return told(call, truncation, path, inputs);
}

function repaired(truncation: Truncation, buffer: Buffer, start: number, end: number): string {
  let text = '';
  for (let from = start; from < end;) {
    const feed = buffer.indexOf(0x0a, from);
    const stop = feed < 0 || feed >= end ? end : feed + 1;
    text += truncation.line(buffer.toString('latin1', from, stop));
    from = stop;
  }
  return text;
}

async function told(
  call: CommandCall,
  { counts, warnings, faults }: Truncation,
  path: string,
  inputs: { readonly faults: readonly { readonly path: string; readonly message: string }[]; readonly opened: number },
): Promise<number> {
  const { records, cut, filled, unchanged } = counts;
  const isWritten = !call.signal.aborted && inputs.opened > 0;
  const notes = [
    ...inputs.faults.map((fault) => `${printable(fault.path)}: ${printable(fault.message)}`),
    ...warnings.map((warning) => printable(warning)),
    ...(faults > warnings.length ? [`and ${faults - warnings.length} more of the kind`] : []),
    ...(isWritten
      ? [`${printable(path)}: ${records} records, ${cut} cut, ${filled} filled, ${unchanged} unchanged`]
      : []),
  ];
  await writeText(call.stderr, notes.map((note) => `${note}\n`).join(''));
  if (call.signal.aborted) return exitStatus.interrupted;
  if (inputs.opened === 0) return exitStatus.nothingReadable;
  return faults > 0 || inputs.faults.length > 0 ? exitStatus.damaged : exitStatus.done;
}
