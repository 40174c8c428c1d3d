// The lines that are shown, as the part of the address behind `#`: a copied link opens them again. Pure.
import type { Origin } from './lines-origin.ts';

/** A number whose lines are wanted. */
export interface PickedNumber {
  readonly panel: number;
  readonly origin: Pick<Origin, 'query' | 'select' | 'group'>;
  readonly fromMs: number;
  readonly toMs: number;
  /** As it was shown; undefined when it is no plain count. */
  readonly value: number | undefined;
  readonly title: string;
}

/** The text behind `#`. */
export function linesHash({ panel, origin, fromMs, toMs, value, title }: PickedNumber): string {
  const parameters = new URLSearchParams({
    lines: String(panel),
    query: String(origin.query),
    select: String(origin.select),
    group: JSON.stringify(origin.group),
    between: `${fromMs}-${toMs}`,
    title,
  });
  if (value !== undefined) parameters.set('value', String(value));
  return `#${parameters}`;
}

/** The number that a hash means; undefined for any other. */
export function readLinesHash(hash: string): PickedNumber | undefined {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''));
  const number = (name: string): number | undefined => {
    const text = parameters.get(name) ?? '';
    return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  };
  const [panel, query, select] = [number('lines'), number('query'), number('select')];
  const [, from, to] = /^(\d{1,15})-(\d{1,15})$/.exec(parameters.get('between') ?? '') ?? [];
  const group = groupOf(parameters.get('group') ?? '[]');
  if (panel === undefined || query === undefined || select === undefined || from === undefined || !group)
    return undefined;
  const title = (parameters.get('title') ?? '').slice(0, 300);
  return {
    panel,
    origin: { query, select, group },
    fromMs: Number(from),
    toMs: Number(to),
    value: number('value'),
    title,
  };
}

function groupOf(text: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((entry) => typeof entry === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}
