// `lines`: what was asked for on the command line, checked against the measurements there are; then the search.
import type { Measurement } from '../model/catalogue.ts';
import { storedTagNames } from '../model/catalogue.ts';
import { printable, UsageError } from '../model/errors.ts';
import type { Family } from '../model/family.ts';
import type { LineAnswer, LineCondition, LineQuestion } from '../model/lines.ts';
import { hostZone, isZone } from '../model/zone.ts';
import type { Configuration } from './configuration.ts';
import { isAsked, lineSearch } from './line-search.ts';
import { scanLines } from './line-scan.ts';
import { timeOfText } from './local-time-text.ts';
import { families } from './registry.ts';
import { nearestWord } from './suggestion.ts';

/** The options as they were typed. */
export interface LineRequest {
  readonly family: string | undefined;
  readonly host: string | undefined;
  readonly timezone: string | undefined;
  readonly measurement: string | undefined;
  /** `tag=value` or `tag!=value`. */
  readonly where: readonly string[];
  readonly from: string;
  /** Now unless given. */
  readonly to: string | undefined;
  readonly nowMs: number;
  readonly skip: number;
  readonly limit: number;
}

/** What was found, and what could not be read. */
export type LinesFound = LineAnswer & { readonly faults: readonly string[] };

/** Searches the sources of a configuration by their notes. Throws UsageError for what makes no sense. */
export async function linesOfSources(
  configuration: Configuration,
  request: LineRequest,
  signal: AbortSignal,
): Promise<LinesFound> {
  const used = [...new Set(configuration.sources.map(({ family }) => family))];
  const family = request.family === undefined && used.length === 1 ? used[0] : familyNamed(request.family, used);
  if (!family) throw new UsageError(`which family? give --family (${used.map(({ name }) => name).join(', ')})`);
  const found: LinesFound[] = [];
  let asked = 0;
  for (const source of configuration.sources) {
    if (source.family !== family) continue;
    const question = questionOf(family, request, request.timezone ?? source.timezone);
    if (!isAsked(source, question)) continue;
    asked++;
    // Each source by itself: a time without a zone is in that of the source.
    const before = found.reduce((sum, { total }) => sum + total, 0);
    const given = found.reduce((sum, { lines }) => sum + lines.length, 0);
    const rest = { skip: Math.max(0, request.skip - before), limit: request.limit - given };
    const search = lineSearch(() => ({ ...configuration, sources: [source] }));
    found.push({ ...(await search.find({ ...question, ...rest }, signal)), faults: [] });
  }
  if (asked === 0) {
    const hosts = configuration.sources.filter((source) => source.family === family).map(({ host }) => host);
    throw new UsageError(
      `no source fits --host or --where (hosts of ${family.name}: ${[...new Set(hosts)].join(', ')})`,
    );
  }
  return joined(found, request);
}

/** Reads files that no source has noted. Throws UsageError for what makes no sense. */
export async function linesOfFiles(
  files: readonly string[],
  request: LineRequest,
  signal: AbortSignal,
): Promise<LinesFound> {
  const family = familyNamed(request.family, families);
  if (!family) throw new UsageError('which family are the files of? give --family (for example ecs)');
  const host = request.host ?? '';
  const timezone = request.timezone ?? hostZone();
  const question = questionOf(family, { ...request, host: undefined }, timezone);
  return scanLines({ family, host, timezone, files, question, signal });
}

function familyNamed(name: string | undefined, known: readonly Family[]): Family | undefined {
  if (name === undefined) return undefined;
  const family = known.find((each) => each.name === name);
  if (family) return family;
  throw new UsageError(
    unknown(
      '--family',
      name,
      known.map((each) => each.name),
    ),
  );
}

function questionOf(family: Family, request: LineRequest, timezone: string): LineQuestion {
  if (!isZone(timezone))
    throw new UsageError(`--timezone ${printable(timezone, 100)} is no zone; write an IANA name such as Europe/Berlin`);
  const measurement = measurementOf(family, request.measurement);
  const fromMs = timeOfText(request.from, timezone, '--from');
  const toMs = request.to === undefined ? request.nowMs : timeOfText(request.to, timezone, '--to');
  if (toMs <= fromMs)
    throw new UsageError('--to must be after --from: the time from --from to before --to is searched');
  const host: LineCondition[] =
    request.host === undefined ? [] : [{ tag: 'host', values: [request.host], isExcluded: false }];
  return {
    measurement,
    fields: countersOf(measurement),
    where: [...host, ...conditionsOf(request.where, measurement)],
    fromMs,
    toMs,
    ofBuckets: false,
    skip: request.skip,
    limit: request.limit,
  };
}

/** Only counters are made of lines; what is stamped one by one is reported and not read. */
function countersOf({ fields, fieldNames, isInstant }: Measurement): readonly string[] {
  return isInstant ? [] : fieldNames.filter((name) => fields[name]?.kind === 'counter');
}

function measurementOf(family: Family, name: string | undefined): Measurement {
  const countable = family.measurements.filter((each) => countersOf(each).length > 0);
  const found = name === undefined ? countable[0] : countable.find((each) => each.name === name);
  if (found) return found;
  throw new UsageError(
    unknown(
      '--measurement',
      name ?? '',
      countable.map((each) => each.name),
    ),
  );
}

/** Conditions of one tag that keep values are one: any of the values. */
function conditionsOf(texts: readonly string[], measurement: Measurement): readonly LineCondition[] {
  const tags = storedTagNames(measurement);
  const conditions = new Map<string, LineCondition>();
  for (const text of texts) {
    const [, tag = '', sign, value = ''] = /^([^=!]*)(!?=)(.*)$/s.exec(text) ?? [];
    if (sign === undefined) throw new UsageError(`--where ${printable(text, 100)}: write tag=value or tag!=value`);
    if (!tags.includes(tag)) throw new UsageError(unknown('--where: the tag', tag, tags));
    const key = `${tag}${sign}`;
    const values = [...(conditions.get(key)?.values ?? []), value];
    conditions.set(key, { tag, values, isExcluded: sign === '!=' });
  }
  return [...conditions.values()];
}

function unknown(what: string, name: string, known: readonly string[]): string {
  const meant = nearestWord(name, known);
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  return `${what} "${printable(name, 100)}" is not known${hint} (there are ${known.join(', ')})`;
}

function joined(found: readonly LinesFound[], { skip, limit }: LineRequest): LinesFound {
  const total = found.reduce((sum, each) => sum + each.total, 0);
  return {
    total,
    amount: found.reduce((sum, each) => sum + each.amount, 0),
    lines: found.flatMap(({ lines }) => lines),
    next: skip + limit < total ? skip + limit : undefined,
    gone: found.flatMap(({ gone }) => gone),
    notes: found.flatMap(({ notes }) => notes),
    faults: [],
  };
}
