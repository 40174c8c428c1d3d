// The answers of a panel's queries, joined to named series and rows. Pure.
import { seriesName } from './series-names.ts';
import type { PanelDefinition, QueryAnswer, QueryDefinition, Value } from './wire.ts';

/** One query of a panel with its answer. */
export interface Answered {
  readonly query: QueryDefinition;
  readonly answer: QueryAnswer;
}

/** A curve: values at `times` of the panel. */
export interface Curve {
  readonly name: string;
  readonly values: readonly (number | null)[];
  /** True when the values add up, so that a total is worth showing. */
  readonly isCount: boolean;
}

/** All curves of a panel over one time axis, epoch milliseconds. */
export interface Curves {
  readonly times: readonly number[];
  readonly windowMs: number;
  readonly curves: readonly Curve[];
}

const asNumber = (value: Value | undefined): number | null => (typeof value === 'number' ? value : null);

/** Joins the answers over one axis of time; a window that one of them does not have is a gap there. */
export function curvesOf(panel: PanelDefinition, answered: readonly Answered[]): Curves {
  const times = [...new Set(answered.flatMap(({ answer }) => answer.times))].toSorted(
    (first, second) => first - second,
  );
  const places = new Map(times.map((time, index) => [time, index]));
  const used = new Set<string>();
  const curves = answered.flatMap(({ query, answer }) =>
    answer.series.flatMap((series) =>
      query.select.flatMap((selection, index): Curve[] => {
        if (selection.isText) return [];
        const values = times.map((): number | null => null);
        for (const [place, time] of answer.times.entries()) {
          const target = places.get(time);
          if (target !== undefined) values[target] = asNumber(series.values[index]?.[place]);
        }
        const name = unique(seriesName(query, series.group, index, panel.legend), selection.name, used);
        return [{ name, values, isCount: selection.isCount }];
      }),
    ),
  );
  return { times, windowMs: answered[0]?.answer.windowMs ?? 0, curves };
}

/** Two queries may give the same group: then the selection's name tells them apart. */
export function unique(name: string, selection: string, used: Set<string>): string {
  let result = used.has(name) ? `${name} · ${selection}` : name;
  for (let number = 2; used.has(result); number++) result = `${name} · ${selection} ${number}`;
  used.add(result);
  return result;
}

/** A named value, as stats and bars show it. */
export interface Entry {
  readonly name: string;
  readonly value: Value;
  readonly group: Readonly<Record<string, string>>;
}

/** The values of answers over the whole range. */
export function entriesOf(panel: PanelDefinition, answered: readonly Answered[]): readonly Entry[] {
  const used = new Set<string>();
  return answered.flatMap(({ query, answer }) =>
    answer.series.flatMap((series) =>
      query.select.map((selection, index) => ({
        name: unique(seriesName(query, series.group, index, panel.legend), selection.name, used),
        value: series.values[index]?.at(-1) ?? null,
        group: groupOf(query, series.group),
      })),
    ),
  );
}

function groupOf(query: QueryDefinition, group: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(query.groupBy.map((tag, index) => [tag, group[index] ?? '']));
}
