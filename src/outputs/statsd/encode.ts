// Points of one batch as StatsD metrics, and metrics as packets. Pure. Times are not sent: StatsD has none.
import { storedTagNames } from '../../model/catalogue.ts';
import type { Measurement } from '../../model/catalogue.ts';
import { parsePoints } from '../../model/line-protocol.ts';
import type { Point } from '../../model/line-protocol.ts';
import type { RefusedPoint } from '../../model/output.ts';

/** How tags are written: in the name, as `name,tag=value`, or as `|#tag:value`. */
export type Flavour = 'plain' | 'telegraf' | 'datadog';

/** One metric, cleaned: nothing in it can be taken for a part of the protocol. */
export interface Metric {
  readonly name: string;
  /** Empty in the plain flavour. */
  readonly tags: Readonly<Record<string, string>>;
  readonly type: 'c' | 'g';
  value: number;
}

/** The most bytes of a packet that no usual network splits: 1 500 less the headers, with room for tunnels. */
export const maxPacketBytes = 1432;

/**
 * Gauges whose newest event time is known, so that a late bucket does not set a gauge back. Bounded: it starts anew
 * when it is full, and then one late value may pass.
 */
export type NewestTimes = Map<string, number>;
const maxNewestTimes = 50_000;

/**
 * The metrics of a batch: counters of one name are added up, of a gauge the newest value stays. Counters of points are
 * what was added (deltas), gauges and distinct counts the whole value, texts are left out. Lines that are not ours go to
 * `refused`.
 */
export function metricsOf(
  lines: Buffer,
  measurements: ReadonlyMap<string, Measurement>,
  how: { readonly flavour: Flavour; readonly prefix: string },
  newest: NewestTimes,
): { metrics: Metric[]; refused: RefusedPoint[] } {
  const refused: RefusedPoint[] = [];
  const metrics = new Map<string, Metric>();
  if (newest.size > maxNewestTimes) newest.clear();
  for (const point of parsePoints(lines, measurements, (line, reason) => refused.push({ line, reason }))) {
    point.measurement.fieldNames.forEach((field, index) => {
      const kind = point.measurement.fields[field]?.kind;
      const value = point.fields[index];
      if (kind === undefined || kind === 'text' || typeof value !== 'number') return;
      const type = kind === 'counter' ? 'c' : 'g';
      if (type === 'c' && value === 0) return;
      const metric: Metric = { ...nameOf(point, field, how), type, value };
      const key = `${type} ${metric.name} ${Object.entries(metric.tags).join(' ')}`;
      const earlier = metrics.get(key);
      if (type === 'c') {
        if (earlier) earlier.value += value;
        else metrics.set(key, metric);
      } else if (point.timeMs >= (newest.get(key) ?? -Infinity)) {
        newest.set(key, point.timeMs);
        if (earlier) earlier.value = value;
        else metrics.set(key, metric);
      }
    });
  }
  return { metrics: [...metrics.values()], refused };
}

/**
 * Plain: `prefix.host.family.rest.<tag values>[.field]`, the field left out when it is `count`, tags that follow
 * from others too (ecs 7). Tagged: the
 * same without host and tag values, which are tags. An empty tag is `none` in a name and absent as a tag.
 */
function nameOf(
  point: Point,
  field: string,
  how: { readonly flavour: Flavour; readonly prefix: string },
): { name: string; tags: Record<string, string> } {
  const { measurement } = point;
  const names = storedTagNames(measurement);
  const valueOf = (tag: string): string => point.tags[names.indexOf(tag)] ?? '';
  const parts = [how.prefix];
  const tags: Record<string, string> = {};
  if (how.flavour === 'plain') parts.push(cleanForName(valueOf('host')));
  parts.push(measurement.name.replace('_', '.'));
  if (how.flavour === 'plain') {
    for (const tag of measurement.tagNames) {
      if (measurement.tags[tag]?.isDerived !== true) parts.push(cleanForName(valueOf(tag)));
    }
  } else {
    for (const tag of names) if (valueOf(tag) !== '') tags[tag] = cleanForTag(valueOf(tag));
  }
  if (field !== 'count') parts.push(field);
  return { name: parts.join('.'), tags };
}

/** A value as one part of a dotted name: dots become `-`, all but letters, digits, `_` and `-` becomes `_`. */
export function cleanForName(value: string): string {
  return value === '' ? 'none' : value.replaceAll('.', '-').replace(/[^A-Za-z0-9_-]/gu, '_');
}

/**
 * A value as a tag: visible ASCII without the marks of any flavour (`: | , = # @`), quotes and backslashes (style S-46,
 * hot-shots itself lets `:` and blanks through).
 */
export function cleanForTag(value: string): string {
  return value.replace(/[^\x21-\x7e]|[:|,=#@"'\\]/gu, '_');
}

/** The line of a metric as hot-shots writes it. */
export function metricText(metric: Metric, flavour: Flavour): string {
  const tags = Object.entries(metric.tags);
  const value = `${metric.value}|${metric.type}`;
  if (tags.length === 0) return `${metric.name}:${value}`;
  if (flavour === 'telegraf') return `${metric.name},${tags.map((pair) => pair.join('=')).join(',')}:${value}`;
  return `${metric.name}:${value}|#${tags.map((pair) => pair.join(':')).join(',')}`;
}

/**
 * The metrics in packets of at most `limit` bytes. A negative gauge goes after a zero in the same packet, because `-5`
 * alone means "5 less" (Datadog knows no such thing). What does not fit a packet alone is given to `refuse`.
 */
export function packetsOf(
  metrics: readonly Metric[],
  flavour: Flavour,
  refuse: (line: string) => void,
  limit = maxPacketBytes,
): Metric[][] {
  const packets: Metric[][] = [];
  let room = 0;
  for (const metric of metrics) {
    const isRelative = metric.type === 'g' && metric.value < 0 && flavour !== 'datadog';
    const group = isRelative ? [{ ...metric, value: 0 }, metric] : [metric];
    // All characters are ASCII by now, so length is bytes; each line counts with its line feed.
    const bytes = group.reduce((sum, each) => sum + metricText(each, flavour).length + 1, 0);
    if (bytes > limit) {
      refuse(metricText(metric, flavour));
      continue;
    }
    const last = packets.at(-1);
    if (last && bytes <= room) last.push(...group);
    else {
      packets.push([...group]);
      room = limit;
    }
    room -= bytes;
  }
  return packets;
}
