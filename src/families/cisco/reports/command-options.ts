// The options that all commands of the family share, checked before anything is read.
import type { CommandOption } from '../../../model/command.ts';
import { printable, UsageError } from '../../../model/errors.ts';
import { hostZone, isZone } from '../../../model/zone.ts';
import type { HolePolicy } from '../inference/network.ts';
import { loadTopology } from '../topology/load-topology.ts';
import { RoutineCodes, routineEntry } from '../grammar/routine.ts';
import { defaultPreprocessOptions } from '../preprocessing/preprocess-options.ts';
import type { PreprocessOptions } from '../preprocessing/preprocess-options.ts';
import type { Topology } from '../topology/topology.ts';

/** How a result is written. */
export type ReportFormat = 'text' | 'json' | 'csv' | 'html';

/** What a command was told. */
export interface ReportPlan {
  readonly topology: Topology;
  readonly preprocess: PreprocessOptions;
  /** IANA zone of receipt stamps. */
  readonly timezone: string;
  readonly year: number | undefined;
  readonly catos: boolean;
  readonly format: ReportFormat;
  /** Undefined for the first and last record. */
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  /** Where the state of the run before is; undefined when every run stands for itself. */
  readonly statePath: string | undefined;
  readonly routine: RoutineCodes;
  readonly holePolicy: HolePolicy;
}

/** Options of every command. */
export const readingOptions: readonly CommandOption[] = [
  { flags: '-t, --topology <file>', help: 'topology file (YAML); without it there is no availability' },
  { flags: '--timezone <zone>', help: 'IANA zone of the receipt stamps; default: that of the topology' },
  { flags: '--year <year>', help: 'year of a log that names none' },
  { flags: '--lookahead-seconds <n>', help: 'how long a record may wait for an earlier one', default: '30' },
  { flags: '--silence-minutes <n>', help: 'no line from anybody for so long is a hole in the log', default: '30' },
  { flags: '--catos', help: 'take codes without % at the start of a line' },
  { flags: '--json', help: 'write JSON' },
  { flags: '--csv', help: 'write CSV' },
];

/** Those of the commands that tell a story. */
export const reportOptions: readonly CommandOption[] = [
  ...readingOptions,
  { flags: '--from <time>', help: 'begin of the report, ISO 8601; default: the first record' },
  { flags: '--to <time>', help: 'end of the report, ISO 8601; default: the last record' },
  { flags: '--drop-seconds <n>', help: 'shorter failures are drops; overrides the topology; 0 shows every change' },
  { flags: '--try-seconds <n>', help: 'shorter recoveries are tries; overrides the topology; 0 shows every change' },
  {
    flags: '--hole-policy <policy>',
    help: 'in a hole states go on (keep), or its time counts as unknown',
    default: 'keep',
  },
  { flags: '--state <file>', help: 'go on from what the last run left in this file, and leave it to the next one' },
];

/** The option that asks for a page. */
export const pageOption: CommandOption = { flags: '--html', help: 'write a page with the timeline of every site' };

/** Reads them; throws UsageError for the first one that makes no sense. */
export async function readPlan(options: Readonly<Record<string, unknown>>): Promise<ReportPlan> {
  const formats = (['json', 'csv', 'html'] as const).filter((name) => options[name] === true);
  if (formats.length > 1) throw new UsageError('--json, --csv and --html exclude each other; give one of them');
  const zone = options['timezone'];
  if (zone !== undefined && !isZone(String(zone))) {
    throw new UsageError(`--timezone ${shown(zone)}: write an IANA zone such as Europe/Brussels or UTC`);
  }
  const drop = seconds('--drop-seconds', options['dropSeconds']);
  const attempt = seconds('--try-seconds', options['trySeconds']);
  const path = options['topology'] === undefined ? undefined : String(options['topology']);
  const topology = await loadTopology(path, {
    ...(drop === undefined ? {} : { dropSeconds: drop }),
    ...(attempt === undefined ? {} : { trySeconds: attempt }),
  });
  return {
    topology,
    preprocess: {
      ...defaultPreprocessOptions,
      lookaheadMs: (seconds('--lookahead-seconds', options['lookaheadSeconds']) ?? 30) * 1000,
      silenceMs: (seconds('--silence-minutes', options['silenceMinutes']) ?? 30) * 60_000,
    },
    timezone: zone === undefined ? (path === undefined ? hostZone() : topology.timezone) : String(zone),
    year: year(options['year']),
    catos: options['catos'] === true,
    format: formats[0] ?? 'text',
    fromMs: moment('--from', options['from']),
    toMs: moment('--to', options['to']),
    statePath: options['state'] === undefined ? undefined : String(options['state']),
    routine: new RoutineCodes(routineEntries(options['routine'])),
    holePolicy: holePolicy(options['holePolicy'] ?? 'keep'),
  };
}

function holePolicy(value: unknown): HolePolicy {
  if (value === 'keep' || value === 'unknown') return value;
  throw new UsageError(`--hole-policy ${shown(value)}: write keep or unknown`);
}

/** Lists with commas, each option may be repeated. */
function routineEntries(value: unknown): readonly string[] {
  const given = Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)];
  const entries = given.flatMap((list) => list.split(',')).map((entry) => entry.trim());
  const wrong = entries.find((entry) => !routineEntry.test(entry) || entry.length > 100);
  if (wrong !== undefined) {
    throw new UsageError(
      `--routine ${shown(wrong)}: write a code such as SYS-5-CONFIG_I, ETHPORT-5-IF_* or !SYS-6-LOGOUT`,
    );
  }
  return entries;
}

function shown(value: unknown): string {
  return `"${printable(String(value), 60)}"`;
}

function seconds(name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!/^\d+(?:\.\d+)?$/.test(String(value)) || number > 31_536_000) {
    throw new UsageError(`${name} ${shown(value)}: write a number of 0 or more`);
  }
  return number;
}

function year(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (!/^(?:19[7-9]\d|2\d{3})$/.test(String(value))) throw new UsageError(`--year ${shown(value)}: write four digits`);
  return Number(value);
}

function moment(name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const ms = Date.parse(String(value));
  // A time without a zone would be that of this machine, and another one elsewhere.
  const isZoned = /^\d{4}-\d\d-\d\d$|(?:Z|[+-]\d\d:?\d\d)$/i.test(String(value));
  if (Number.isNaN(ms) || !isZoned)
    throw new UsageError(`${name} ${shown(value)}: write a time as 2024-09-16T00:00:00Z, or a day`);
  return ms;
}
