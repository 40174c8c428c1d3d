// `mst asai`: the ASAI messages of decoded traces, one line each, filtered by call, number, trunk or link (ecs 6.4).
import type { CommandCall, CommandSpec } from '../../model/command.ts';
import { printable, UsageError } from '../../model/errors.ts';
import { csvLine, jsonText } from '../../model/report-text.ts';
import { asaiFields, asaiMessage, fieldText, ucidDecimal } from './asai-fields.ts';
import type { AsaiField, AsaiMessage } from './asai-fields.ts';
import { exitStatus, readBlocks, readDate, writeText } from './command-parts.ts';
import type { MtaBlock } from './mta-blocks.ts';

const fieldNames = Object.keys(asaiFields) as readonly AsaiField[];
const usualFields: readonly AsaiField[] = fieldNames.slice(0, 8);

/** The command. */
export const asaiCommand: CommandSpec = {
  name: 'asai',
  group: 'mst',
  summary: 'list ASAI messages of decoded MST traces (.m files)',
  notes: `Examples:
  switchboard mst asai trace.m
  switchboard mst asai -n 5551234 -l '4|7' --fields 'timestamp|calling|called|event|ucid' trace.m
  switchboard mst asai -u 10000005931548338759 --json monday.m tuesday.m

Values of one option with bars between them are alternatives; several options must all fit. Messages without the field
that an option asks for do not fit.

Exit status: 0 done, 1 wrong use, 2 nothing could be read, 3 some input could not be read, 130 interrupted.`,
  argument: { name: 'files', help: 'decoded traces, patterns, .gz, or - for standard input', isRequired: true },
  options: [
    { flags: '-l, --link <numbers>', help: 'CTI link number' },
    { flags: '-c, --callid <ids>', help: 'call id, four hex digits' },
    { flags: '-n, --number <numbers>', help: 'calling, called or connected number' },
    { flags: '-t, --trunks <trunks>', help: 'trunk as group/member' },
    { flags: '-u, --ucid <ids>', help: 'universal call id, 20 decimal digits or up to 16 hex digits' },
    { flags: '-f, --fields <names>', help: `what to show: ${fieldNames.join('|')}` },
    { flags: '-e, --several-callers', help: 'list calls with several long calling numbers', isHidden: true },
    { flags: '--date <yyyy-mm-dd>', help: 'day of the first message, where the file does not say it' },
    { flags: '--with-file', help: 'the name of the file in front of each line' },
    { flags: '--json', help: 'write one JSON object' },
    { flags: '--csv', help: 'write CSV' },
  ],
  usageStatus: 1,
  run: runAsai,
};

interface AsaiPlan {
  readonly fields: readonly AsaiField[];
  readonly links: readonly string[];
  readonly callids: readonly string[];
  readonly numbers: readonly string[];
  readonly trunks: readonly string[];
  readonly ucids: readonly string[];
  readonly date: string | undefined;
  readonly hasFile: boolean;
  readonly format: 'text' | 'json' | 'csv';
}

async function runAsai(call: CommandCall): Promise<number> {
  const plan = readPlan(call.options);
  if (call.options['severalCallers'] === true) return listCallers(call, plan);
  let written = 0;
  let text = '';
  const status = await readBlocks(call, call.files, plan.date, {
    block(block) {
      const message = domainMessage(block);
      if (!message || !fits(message, plan)) return;
      if (written++ === 0) text += head(plan);
      else if (plan.format === 'json') text += ',';
      text += lineOf(message, block, plan);
    },
    async pause() {
      await writeText(call.stdout, text);
      text = '';
    },
  });
  if (plan.format === 'json') text += written === 0 ? '{"messages":[]}\n' : '\n]}\n';
  await writeText(call.stdout, text);
  return status;
}

/** The fields of a message to the CTI server; undefined for all others. */
function domainMessage({ arrow, name, time, lines }: MtaBlock): AsaiMessage | undefined {
  return arrow === '<--' && name === 'DOMAIN' ? asaiMessage(time, lines) : undefined;
}

function fits(message: AsaiMessage, { links, callids, numbers, trunks, ucids }: AsaiPlan): boolean {
  const hasOne = (wanted: readonly string[], values: readonly string[]): boolean =>
    wanted.length === 0 || wanted.some((value) => values.includes(value));
  return (
    hasOne(links, [message.link]) &&
    hasOne(callids, message.callids) &&
    hasOne(numbers, [message.calling, message.called, ...message.connected]) &&
    hasOne(trunks, message.trunks) &&
    hasOne(ucids, [message.ucid])
  );
}

function head({ fields, hasFile, format }: AsaiPlan): string {
  if (format === 'json') return '{"messages":[';
  if (format === 'csv') return csvLine([...(hasFile ? ['file'] : []), 'date', ...fields]);
  const titles = fields.map((field) => `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}`.padStart(asaiFields[field]));
  return `${[...(hasFile ? ['File'] : []), ...titles].join(' ')}\n`;
}

function lineOf(message: AsaiMessage, { path, date }: MtaBlock, { fields, hasFile, format }: AsaiPlan): string {
  const file = hasFile ? [printable(path)] : [];
  switch (format) {
    case 'text':
      return `${[...file, ...fields.map((field) => fieldText(message, field).padStart(asaiFields[field]))].join(' ')}\n`;
    case 'csv':
      return csvLine([...file, date ?? '', ...fields.map((field) => fieldText(message, field))]);
    case 'json': {
      const { timestamp, ...rest } = message;
      const shown = Object.fromEntries(Object.entries(rest).filter(([name]) => fields.includes(name as AsaiField)));
      const stamp = date === undefined ? timestamp : `${date}T${timestamp}`;
      return `\n${jsonText({ ...(hasFile ? { file: path } : {}), timestamp: stamp, ...shown })}`;
    }
  }
}

/** More calls than this are not kept apart. */
const mostCalls = 100_000;

/** The calls that saw two or more different calling numbers of more than 8 digits. */
async function listCallers(call: CommandCall, { date }: AsaiPlan): Promise<number> {
  const callers = new Map<string, Set<string>>();
  let isFull = false;
  const status = await readBlocks(call, call.files, date, {
    block(block) {
      const message = domainMessage(block);
      if (!message || message.ucid === '' || message.calling.length <= 8) return;
      const known = callers.get(message.ucid);
      if (known) {
        if (known.size < 100) known.add(message.calling);
      } else if (callers.size < mostCalls) callers.set(message.ucid, new Set([message.calling]));
      else isFull = true;
    },
    pause: () => Promise.resolve(),
  });
  const several = [...callers].filter(([, numbers]) => numbers.size > 1);
  const lines = several.map(
    ([ucid, numbers]) => `${ucid} ${[...numbers].map((number) => printable(number)).join(' ')}\n`,
  );
  await writeText(call.stdout, lines.join(''));
  if (isFull) await writeText(call.stderr, `only the first ${mostCalls} calls were looked at\n`);
  return isFull && status === exitStatus.done ? exitStatus.damaged : status;
}

function readPlan(options: Readonly<Record<string, unknown>>): AsaiPlan {
  if (options['json'] === true && options['csv'] === true) throw new UsageError('--json and --csv exclude each other');
  return {
    fields: options['fields'] === undefined ? usualFields : values(options['fields']).map(readField),
    links: values(options['link']).map((value) =>
      matched('-l', value, /^[1-9]\d{0,8}$|^0$/, 'a number without zeros in front'),
    ),
    callids: values(options['callid']).map((value) =>
      matched('-c', value.toLowerCase(), /^[0-9a-f]{4}$/, 'four hex digits'),
    ),
    numbers: values(options['number']),
    trunks: values(options['trunks']).map((value) => matched('-t', value, /^\d{1,9}\/\d{1,9}$/, 'group/member')),
    ucids: values(options['ucid']).map(readUcid),
    date: readDate(options['date']),
    hasFile: options['withFile'] === true,
    format: options['json'] === true ? 'json' : options['csv'] === true ? 'csv' : 'text',
  };
}

function values(option: unknown): readonly string[] {
  return option === undefined
    ? []
    : String(option)
        .split('|')
        .map((value) => value.trim());
}

function matched(name: string, value: string, shape: RegExp, wanted: string): string {
  if (shape.test(value)) return value;
  throw new UsageError(`${name} "${printable(value, 100)}": write ${wanted}, or several with bars between them`);
}

function readField(name: string): AsaiField {
  const field = fieldNames.find((known) => known === name.toLowerCase());
  if (field) return field;
  throw new UsageError(`-f "${printable(name, 100)}" is unknown; the fields are ${fieldNames.join(', ')}`);
}

/** 20 decimal digits as they are; hex digits, in either case and with or without `0x`, as decimal ones. */
function readUcid(text: string): string {
  const value = text.replace(/\s/g, '');
  if (/^\d{20}$/.test(value)) return value;
  const [, hex] = /^(?:0[xX])?([0-9A-Fa-f]{1,16})$/.exec(value) ?? [];
  if (hex !== undefined) return ucidDecimal(hex.padStart(16, '0'));
  throw new UsageError(`-u "${printable(text, 100)}": write 20 decimal digits, or up to 16 hex digits`);
}
