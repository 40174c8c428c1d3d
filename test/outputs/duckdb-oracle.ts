// A second, naive answer to panel queries: plain loops over points in memory, written from the words of
// src/model/query.ts and not from the SQL.
import { storedTagNames } from '../../src/model/catalogue.ts';
import type { Point } from '../../src/model/line-protocol.ts';
import type { Aggregate, PanelQuery, QueryRange, ResultRow, VariableValues } from '../../src/model/query.ts';

type Value = number | string;
interface Sample {
  readonly timeMs: number;
  readonly value: Value;
}

/** Answers a query over points of which each time and tag set occurs once. */
export function answer(
  points: readonly Point[],
  query: PanelQuery,
  range: QueryRange,
  variables: VariableValues,
): readonly ResultRow[] {
  const names = storedTagNames(query.measurement);
  const tagOf = (point: Point, tag: string): string => point.tags[names.indexOf(tag)] ?? '';
  const kept = points.filter(
    (point) =>
      point.measurement === query.measurement &&
      point.timeMs >= range.fromMs &&
      point.timeMs < range.toMs &&
      query.where.every((filter) => {
        const chosen = filter.variable === undefined ? undefined : variables[filter.variable];
        if (filter.variable !== undefined && !chosen?.length) return true;
        const isOne = [...(filter.values ?? []), ...(chosen ?? [])].includes(tagOf(point, filter.tag));
        return filter.not === true ? !isOne : isOne;
      }),
  );
  if (query.over === 'rows') return newestPoints(kept, query, tagOf);
  const groups = [...groupPoints(kept, (point) => query.groupBy.map((tag) => tagOf(point, tag)))];
  let found = groups.flatMap(([, { key, members }]) => {
    const whole = valuesOf(members, query, range, false);
    const isKept = whole.some(({ count }) => count > 0) && isWithin(whole, query);
    return isKept ? [{ key, members, rank: whole[0]!.value }] : [];
  });
  found.sort((first, second) => compareLists(first.key, second.key));
  if (query.top !== undefined && query.groupBy.length > 0) {
    found = found
      .toSorted((first, second) => compareRanks(first.rank, second.rank) || compareLists(first.key, second.key))
      .slice(0, query.top)
      .toSorted((first, second) => compareLists(first.key, second.key));
  }
  return found.flatMap(({ key, members }) => {
    if (query.over === 'range') {
      const values = valuesOf(members, query, range, false).map((value, index) => fill(value.value, query, index));
      return [{ group: key, timeMs: timeOfLast(members, query) ?? range.fromMs, values }];
    }
    let before: readonly (Value | null)[] = [];
    const rows: ResultRow[] = [];
    const first = Math.floor(range.fromMs / range.windowMs) * range.windowMs;
    for (let timeMs = first; timeMs < range.toMs; timeMs += range.windowMs) {
      const inside = members.filter((point) => point.timeMs >= timeMs && point.timeMs < timeMs + range.windowMs);
      const values = valuesOf(inside, query, range, true);
      if (query.fill === 'previous') {
        const isEmpty = values.every(({ count }) => count === 0);
        before = values.map(({ value }, index) => (isEmpty ? null : value) ?? before[index] ?? null);
        rows.push({ group: key, timeMs, values: before });
      } else if (values.some(({ count }) => count > 0)) {
        rows.push({ group: key, timeMs, values: values.map((value, index) => fill(value.value, query, index)) });
      } else if (query.fill !== 'none') {
        rows.push({ group: key, timeMs, values: query.select.map((_, index) => fill(null, query, index)) });
      }
    }
    return rows;
  });
}

/** Points with any selected value, newest first, those of one time in the reverse order of their tags. */
function newestPoints(
  points: readonly Point[],
  query: PanelQuery,
  tagOf: (point: Point, tag: string) => string,
): readonly ResultRow[] {
  const indexes = query.select.map(({ field }) => query.measurement.fieldNames.indexOf(field));
  return points
    .map((point) => ({ point, values: indexes.map((index) => point.fields[index] ?? null) }))
    .filter(({ values }) => values.some((value) => value !== null))
    .filter(({ values }) =>
      isWithin(
        values.map((value) => ({ value, count: value === null ? 0 : 1 })),
        query,
      ),
    )
    .toSorted(
      (first, second) => second.point.timeMs - first.point.timeMs || compareLists(second.point.tags, first.point.tags),
    )
    .slice(0, query.limit)
    .map(({ point, values }) => ({
      group: query.groupBy.map((tag) => tagOf(point, tag)),
      timeMs: point.timeMs,
      values,
    }));
}

/** True when every condition holds; nothing is beyond any number. */
function isWithin(values: readonly { value: Value | null; count: number }[], query: PanelQuery): boolean {
  return (query.having ?? []).every(({ select, above, below }) => {
    const found = values[query.select.findIndex(({ as, field }) => (as ?? field) === select)]!;
    if (found.value === null || found.count === 0) return false;
    return Number(found.value) > (above ?? -Infinity) && Number(found.value) < (below ?? Infinity);
  });
}

/** Time of the value of a query that asks for nothing but the last one. */
function timeOfLast(points: readonly Point[], query: PanelQuery): number | undefined {
  const [only, other] = query.select;
  const isLast = only?.aggregate === 'last' && only.over === undefined && !only.perSecond && !only.perDay;
  if (!isLast || other !== undefined || query.perSeries !== undefined) return undefined;
  return Math.max(...samplesOf(points, query, only.field).map(({ timeMs }) => timeMs));
}

function fill(value: Value | null, query: PanelQuery, index: number): Value | null {
  const selection = query.select[index]!;
  const isText = query.measurement.fields[selection.field]!.type === 'string' && selection.aggregate !== 'count';
  return value ?? (query.fill === 'zero' && selection.over === undefined && !isText ? 0 : null);
}

/** One value per selection of points of one window (or of the range), and how many values it was made from. */
function valuesOf(
  points: readonly Point[],
  query: PanelQuery,
  range: QueryRange,
  isWindow: boolean,
): readonly { value: Value | null; count: number }[] {
  return query.select.map((selection) => {
    const samples = samplesOf(points, query, selection.field);
    let value = join(samples, selection.aggregate);
    if (selection.over !== undefined) {
      const under = join(samplesOf(points, query, selection.over), 'sum');
      value = value === null || under === null || under === 0 ? null : Number(value) / Number(under);
    }
    const unitMs = selection.perSecond === true ? 1000 : selection.perDay === true ? 86_400_000 : undefined;
    if (unitMs !== undefined && value !== null) {
      const lengthMs = isWindow || query.over === 'windows' ? range.windowMs : range.toMs - range.fromMs;
      value = (Number(value) * unitMs) / lengthMs;
    }
    return { value, count: samples.length };
  });
}

function samplesOf(points: readonly Point[], query: PanelQuery, field: string): readonly Sample[] {
  const index = query.measurement.fieldNames.indexOf(field);
  const samples = (of: readonly Point[]): Sample[] =>
    of.flatMap((point) => {
      const value = point.fields[index];
      return value === undefined ? [] : [{ timeMs: point.timeMs, value }];
    });
  const perSeries = query.perSeries;
  if (perSeries === undefined) return samples(points);
  return [...groupPoints(points, (point) => point.tags)].flatMap(([, { members }]) => {
    const value = join(samples(members), perSeries);
    return value === null ? [] : [{ timeMs: 0, value }];
  });
}

function join(samples: readonly Sample[], aggregate: Aggregate): Value | null {
  if (aggregate === 'count') return samples.length;
  if (samples.length === 0) return null;
  const numbers = samples.map(({ value }) => Number(value));
  const sum = numbers.reduce((total, value) => total + value, 0);
  switch (aggregate) {
    case 'sum':
      return sum;
    case 'mean':
      return sum / samples.length;
    case 'median': {
      const ordered = numbers.toSorted((first, second) => first - second);
      const middle = (ordered.length - 1) / 2;
      return ((ordered[Math.floor(middle)] ?? 0) + (ordered[Math.ceil(middle)] ?? 0)) / 2;
    }
    case 'max':
      return Math.max(...numbers);
    case 'min':
      return Math.min(...numbers);
    case 'last':
      return samples.reduce((last, sample) =>
        sample.timeMs > last.timeMs || (sample.timeMs === last.timeMs && sample.value > last.value) ? sample : last,
      ).value;
  }
}

function groupPoints(points: readonly Point[], keyOf: (point: Point) => readonly string[]) {
  const groups = new Map<string, { key: readonly string[]; members: Point[] }>();
  for (const point of points) {
    const key = keyOf(point);
    const group = groups.get(JSON.stringify(key)) ?? { key, members: [] };
    group.members.push(point);
    groups.set(JSON.stringify(key), group);
  }
  return groups;
}

function compareRanks(first: Value | null, second: Value | null): number {
  if (first === null || second === null) return Number(first === null) - Number(second === null);
  return first > second ? -1 : first < second ? 1 : 0;
}

function compareLists(first: readonly string[], second: readonly string[]): number {
  for (const [index, value] of first.entries()) {
    const order = Buffer.compare(Buffer.from(value), Buffer.from(second[index] ?? ''));
    if (order !== 0) return order;
  }
  return 0;
}
