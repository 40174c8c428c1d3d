// The schema of the configuration file, without the options of outputs and families: these come from their own
// schemas. Every description is a line of docs and of the JSON Schema that editors show.
import { z } from 'zod';
import { alertsSchema, listenSchema } from '../alerts/options.ts';
import { hostZone, isZone } from '../model/zone.ts';
import { receiverSchema } from '../receivers/options.ts';

/** A name that is a folder name, a tag value and a word in messages at once. */
const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/)
  .describe('a name of letters, digits, . _ and -, beginning with a letter or digit, up to 100 characters');

/** Seconds of a day; widths must divide it, so that buckets begin at the same times every day. */
const daySeconds = 86_400;

/** One source: `families` and `outputs` are the names that exist. */
function sourceSchema(families: readonly [string, ...string[]]) {
  return z.strictObject({
    family: z.enum(families).describe('the kind of log'),
    name: name.optional().describe('unique name of the source; default: family and host, as in ecs-cm1'),
    host: z.string().min(1).max(256).describe('the system whose log this is; stored as the tag host'),
    paths: z
      .array(z.string().min(1).max(4096))
      .min(1)
      .max(1000)
      .optional()
      .describe('files, folders or globs; relative ones count from the folder of this file; they may appear later'),
    listen: receiverSchema
      .optional()
      .describe('messages that come by network; only for families that are sent by syslog'),
    timezone: z
      .string()
      .refine(isZone, { error: 'allowed is an IANA time zone such as Europe/Berlin, America/New_York or UTC' })
      .optional()
      .describe('IANA name of the zone of the times in the log; default: the zone of this machine'),
    instance: z.string().min(1).max(256).optional().describe('default: the instance of the file'),
    bucketSeconds: z
      .int()
      .min(1)
      .max(daySeconds)
      .refine((width) => daySeconds % width === 0, {
        error: 'allowed is a number of seconds that divides a day (86400)',
      })
      .default(10)
      .describe('width of the time buckets in event time'),
    latenessSeconds: z
      .int()
      .min(0)
      .max(daySeconds)
      .default(300)
      .describe('how long a bucket stays open for late lines'),
    lateHorizonHours: z
      .int()
      .min(0)
      .max(8784)
      .default(48)
      .describe('how long a closed bucket can still be corrected; later lines are counted as late_dropped'),
    futureToleranceSeconds: z
      .int()
      .min(0)
      .max(30 * daySeconds)
      .default(600)
      .describe('how far ahead of the clock a line may be; others become dead letters'),
    options: z.unknown().optional().describe('options of the family'),
    outputs: z.array(z.string()).min(1).optional().describe('names of the outputs to write to; default: all'),
    onStateLoss: z
      .enum(['stop', 'begin', 'end'])
      .default('stop')
      .describe('when the saved state is damaged: stop this source, or start its files at the begin or at the end'),
    onFull: z
      .enum(['block', 'drop_oldest'])
      .default('block')
      .describe('when the spool is full: stop reading (the log keeps the data), or drop the oldest points'),
    spoolLimitMegabytes: z.int().min(1).max(1_000_000).optional().describe('default: the value of the file'),
    lineIndexMegabytes: z
      .int()
      .min(0)
      .max(100_000)
      .default(64)
      .describe('disk space for the notes that lead from a number back to its lines; oldest go first; 0: take none'),
    maxLineBytes: z
      .int()
      .min(1024)
      .max(64 * 1024 * 1024)
      .default(1024 * 1024)
      .describe('longer lines are skipped and counted'),
    maxOpenFiles: z.int().min(1).max(100_000).default(512).describe('least recently active files are closed first'),
    rotationGraceSeconds: z
      .int()
      .min(0)
      .max(daySeconds)
      .default(30)
      .describe('how long a rotated file is still watched for further lines'),
    rotatedPattern: z
      .string()
      .min(1)
      .max(1000)
      .optional()
      .describe('glob of the names that rotation gives, where they are not those of logrotate'),
  });
}

/** The file as a whole, with outputs and family options still unchecked. An alert receiver needs no sources. */
export function fileSchema(families: readonly [string, ...string[]], needsSources = true) {
  const sources = z.array(sourceSchema(families)).min(1);
  return z.strictObject({
    instance: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .describe('which Switchboard this is; stored as the tag instance; default: the host name'),
    stateDir: z
      .string()
      .min(1)
      .default('./state')
      .describe('folder for positions, spools and stores; relative to the folder of this file'),
    log: z
      .strictObject({
        level: z.enum(['info', 'warn', 'error']).default('info').describe('the least that is logged'),
        format: z.enum(['auto', 'json', 'text']).default('auto').describe('auto: text on a terminal, otherwise json'),
      })
      .prefault({})
      .describe('the log on standard error'),
    web: z
      .strictObject({
        host: z.string().min(1).default('127.0.0.1').describe('address to listen on'),
        port: z.int().min(0).max(65_535).default(8080).describe('0: any free port, shown at start'),
        token: z
          .string()
          .min(8)
          .optional()
          .describe('when set, page, metrics and health ask for it (needed when others can reach the address)'),
      })
      .optional()
      .describe('live page, /healthz and /metrics'),
    spoolLimitMegabytes: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(1024)
      .describe('the most a source keeps for outputs that are away'),
    deadLetters: z
      .strictObject({
        limitMegabytes: z.int().min(1).max(1_000_000).default(64).describe('oldest files are given up beyond this'),
      })
      .prefault({})
      .describe('lines that should have matched and could not be used'),
    outputs: z
      .record(name, z.looseObject({ type: z.string().optional() }))
      .default({})
      .describe('where points go, by name; the name is the type unless type is given'),
    listen: listenSchema.optional().describe('the alert receiver'),
    alerts: alertsSchema.prefault({}).describe('evaluation of the alert rules by "up"'),
    sources: (needsSources ? sources : sources.default([])).describe('the logs to read'),
  });
}

/** The file as its schema returns it. */
export type FileValues = z.output<ReturnType<typeof fileSchema>>;
/** One source as the schema returns it. */
export type SourceValues = FileValues['sources'][number];

/** The zone used where a source names none. */
export function defaultZone(): string {
  return hostZone();
}
