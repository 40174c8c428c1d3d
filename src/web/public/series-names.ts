// What series, bars and rows are called, and which colour of the palette each name has. Pure.
import type { QueryDefinition } from './wire.ts';

/** Number of colours of the palette (`--series-0` and on in the style sheet); the second half are shades of the first. */
export const paletteSize = 20;

/**
 * The name of a series: the panel's legend with `{tag}` and `{name}` replaced, otherwise the group's values, with the
 * selection's name where there are several selections or no group.
 */
export function seriesName(
  query: QueryDefinition,
  group: readonly string[],
  selection: number,
  legend: string | undefined,
): string {
  const name = query.select[selection]?.name ?? '';
  const valueOf = (index: number): string => (group[index] === '' ? '(none)' : (group[index] ?? ''));
  if (legend !== undefined) {
    return legend.replace(/\{([a-z0-9_]+)\}/g, (whole, key: string) => {
      if (key === 'name') return name;
      const index = query.groupBy.indexOf(key);
      return index < 0 ? whole : valueOf(index);
    });
  }
  const values = group.map((_, index) => valueOf(index));
  if (values.length === 0 || query.select.length > 1) values.push(name);
  return values.join(' · ');
}

/** The colours of a panel's series: a name keeps its colour while the panel lives. */
export class ColourBook {
  readonly #places = new Map<string, number>();

  /** Gives new names the next colours, in the order they come: the first ones are the easiest to tell apart. */
  enter(names: readonly string[]): void {
    for (const name of names) if (!this.#places.has(name)) this.#places.set(name, this.#places.size);
  }

  /** Number of the colour of a name. */
  colourOf(name: string): number {
    return (this.#places.get(name) ?? 0) % paletteSize;
  }
}
