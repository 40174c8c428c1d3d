// Rules of panel queries that hold whatever language they are asked in.
import type { PanelQuery, Selection } from './query.ts';

/** The most points of a query with `over: 'rows'`. */
const mostRows = 1000;

/** The name of a selection's column: what it is called, or its field. */
export function columnName(selection: Selection): string {
  return selection.as ?? selection.field;
}

/** The seconds that a selected number is a rate per, or undefined for one that is no rate. */
export function rateSeconds({ perSecond, perDay }: Selection): number | undefined {
  if (perSecond === true) return 1;
  return perDay === true ? 86_400 : undefined;
}

/** True when the rows of a query carry the time of a stored value, not only that of a window or of the range. */
export function hasPointTime(query: PanelQuery): boolean {
  if (query.over === 'rows') return true;
  const [first, second] = query.select;
  if (query.over !== 'range' || query.perSeries !== undefined || first === undefined || second !== undefined) {
    return false;
  }
  return first.aggregate === 'last' && first.over === undefined && rateSeconds(first) === undefined;
}

/** Why a query has no meaning, or undefined when it has one. */
export function queryFault(query: PanelQuery): string | undefined {
  return rowsFault(query) ?? conditionFault(query) ?? prefixFault(query);
}

/** Anything but letters and digits would mean something in a regular expression. */
function prefixFault({ where }: PanelQuery): string | undefined {
  const found = where.find(({ prefixes = [] }) => !prefixes.every((prefix) => /^[A-Za-z0-9]+$/.test(prefix)));
  return found && `a prefix of the tag ${found.tag} is not of ASCII letters and digits`;
}

function rowsFault(query: PanelQuery): string | undefined {
  if (query.over !== 'rows') {
    return query.limit === undefined ? undefined : 'only single points (rows) can have a limit';
  }
  const { limit = 0 } = query;
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > mostRows) {
    return `single points (rows) need a limit from 1 to ${mostRows}`;
  }
  if (query.perSeries !== undefined || query.top !== undefined || query.fill !== 'none') {
    return 'single points (rows) cannot be joined, ranked or filled';
  }
  const isPlain = query.select.every(
    (selection) =>
      selection.aggregate === 'last' && selection.over === undefined && rateSeconds(selection) === undefined,
  );
  return isPlain ? undefined : 'of single points (rows) only the last value can be selected, as it is';
}

function conditionFault(query: PanelQuery): string | undefined {
  const { having = [] } = query;
  if (having.length === 0) return undefined;
  if (query.over === 'windows') return 'a condition (having) cannot be on windows';
  if (query.perSeries !== undefined) return 'a condition (having) cannot be on joined series';
  for (const { select: name, above, below } of having) {
    const selection = query.select.find((candidate) => columnName(candidate) === name);
    if (!selection) return `the condition (having) names "${name}", which is not selected`;
    const isText = query.measurement.fields[selection.field]?.type === 'string' && selection.aggregate !== 'count';
    if (isText) return `the condition (having) compares the text "${name}" with a number`;
    if (above === undefined && below === undefined) return `the condition (having) on "${name}" has no number`;
    if (![above ?? 0, below ?? 0].every(Number.isFinite)) return `the condition (having) on "${name}" has no number`;
  }
  return undefined;
}
