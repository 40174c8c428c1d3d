// `mst extract`: the messages of decoded traces that contain a text (ecs 6.5).
import type { CommandCall, CommandSpec } from '../../model/command.ts';
import { messageOf, printable, UsageError } from '../../model/errors.ts';
import { compileExpression } from '../../model/expression.ts';
import { readBlocks, writeText } from './command-parts.ts';

/** The command. */
export const extractCommand: CommandSpec = {
  name: 'extract',
  group: 'mst',
  summary: 'print the messages of decoded MST traces (.m files) that contain a text',
  notes: `Examples:
  switchboard mst extract '5551234|5554321' trace.m
  switchboard mst extract -i -v 'keepalive' trace.m > rest.m
  switchboard mst extract -E 'CALLING PARTY NUMBER: +555\\d{4}' -c trace.m

Texts are literal; with -E the pattern is one regular expression, tried on each line.

Exit status: 0 done, with matches or without, 1 wrong use, 2 nothing could be read, 3 some input could not be read,
130 interrupted.`,
  argument: {
    name: 'texts-and-files',
    help: 'first the texts to look for, with bars between them; then the files, or - for standard input',
    isRequired: true,
  },
  options: [
    { flags: '-i, --ignore-case', help: 'letters in any case' },
    { flags: '-E, --regex', help: 'the pattern is a regular expression' },
    { flags: '-v, --invert', help: 'the messages that do not contain it' },
    { flags: '-c, --count', help: 'only how many messages there are' },
  ],
  usageStatus: 1,
  run: runExtract,
};

async function runExtract(call: CommandCall): Promise<number> {
  const [pattern = '', ...files] = call.files;
  if (files.length === 0) throw new UsageError('name the text to look for and the files: mst extract "TEXT" trace.m');
  const { options } = call;
  const contains = matcher(pattern, options['regex'] === true, options['ignoreCase'] === true);
  const isInverted = options['invert'] === true;
  const isCount = options['count'] === true;
  let found = 0;
  let text = '';
  const status = await readBlocks(call, files, undefined, {
    block({ lines }) {
      if (contains(lines) === isInverted) return;
      found++;
      if (!isCount) text += `${lines.map(shown).join('\n')}\n\n`;
    },
    async pause() {
      await writeText(call.stdout, text);
      text = '';
    },
  });
  await writeText(call.stdout, isCount ? `${found}\n` : text);
  return status;
}

/** A line as it is, but for characters that a terminal would obey; tabs stay. */
function shown(line: string): string {
  return line
    .split('\t')
    .map((part) => printable(part, 1_000_000))
    .join('\t');
}

function matcher(pattern: string, isExpression: boolean, isAnyCase: boolean): (lines: readonly string[]) => boolean {
  const folded = (text: string): string => (isAnyCase ? text.toLowerCase() : text);
  if (!isExpression) {
    const texts = pattern
      .split('|')
      .filter((text) => text !== '')
      .map(folded);
    if (texts.length === 0) throw new UsageError('the text to look for is empty');
    return (lines) => lines.some((line) => texts.some((text) => folded(line).includes(text)));
  }
  try {
    const expression = compileExpression(pattern, isAnyCase);
    return (lines) => lines.some((line) => expression.exec(line) !== undefined);
  } catch (error) {
    throw new UsageError(`"${printable(pattern, 200)}": ${messageOf(error)}`);
  }
}
