// Bars of a bar chart: the values of the group-by tag in their own order (hours, days of the week, numbers, names), with
// one number for each selection. Pure.
import type { Answered } from './panel-data.ts';

/** Names along the axis, and for each number one value per name. */
export interface Categories {
  readonly names: readonly string[];
  readonly numbers: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** Days of the week from Monday on, then what begins with a number by size, then names by alphabet. */
export function compareCategories(first: string, second: string): number {
  const [one, two] = [placeOf(first), placeOf(second)];
  if (one !== two) return one - two;
  return first.localeCompare(second, 'en', { numeric: true });
}

function placeOf(text: string): number {
  const word = text.toLowerCase();
  const day = weekdays.findIndex((name) => name === word || name.slice(0, 3) === word);
  return day < 0 ? weekdays.length : day;
}

/** The bars of answers over the whole range. */
export function categoriesOf(answered: readonly Answered[]): Categories {
  const nameOf = (group: readonly string[]): string =>
    group.map((value) => (value === '' ? '(none)' : value)).join(' · ');
  const names = [
    ...new Set(answered.flatMap(({ answer }) => answer.series.map((series) => nameOf(series.group)))),
  ].toSorted(compareCategories);
  const places = new Map(names.map((name, index) => [name, index]));
  const numbers = answered.flatMap(({ query, answer }) =>
    query.select.flatMap(({ name, isText }, index) => {
      if (isText) return [];
      const values = names.map((): number | null => null);
      for (const series of answer.series) {
        const value = series.values[index]?.at(-1);
        if (typeof value === 'number') values[places.get(nameOf(series.group)) ?? 0] = value;
      }
      return [{ name, values }];
    }),
  );
  return { names, numbers };
}
