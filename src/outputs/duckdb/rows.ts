// Points to rows of a table: points of one batch with the same time and tags become one row, the later value of
// each field winning, because a merge must not meet the same row twice. Pure.
import type { Measurement } from '../../model/catalogue.ts';
import type { Point } from '../../model/line-protocol.ts';

/** One row: a point whose fields may still be filled by later points of the batch. */
export interface Row {
  readonly timeMs: number;
  readonly tags: readonly string[];
  readonly fields: (number | string | undefined)[];
}

/** The rows of a batch by measurement, in the order of first appearance. */
export function rowsOf(points: readonly Point[]): ReadonlyMap<Measurement, readonly Row[]> {
  const tables = new Map<Measurement, Row[]>();
  // Points of one head share their array of tags (line-protocol.ts), so the text key is made once per series.
  const seriesOf = new Map<readonly string[], Map<number, Row>>();
  const seriesByKey = new Map<string, Map<number, Row>>();
  for (const point of points) {
    let series = seriesOf.get(point.tags);
    if (!series) {
      const key = JSON.stringify([point.measurement.name, ...point.tags]);
      series = seriesByKey.get(key) ?? new Map<number, Row>();
      seriesByKey.set(key, series);
      seriesOf.set(point.tags, series);
    }
    const known = series.get(point.timeMs);
    if (known) {
      point.fields.forEach((value, index) => {
        if (value !== undefined) known.fields[index] = value;
      });
      continue;
    }
    const row: Row = { timeMs: point.timeMs, tags: point.tags, fields: [...point.fields] };
    series.set(point.timeMs, row);
    const table = tables.get(point.measurement);
    if (table) table.push(row);
    else tables.set(point.measurement, [row]);
  }
  return tables;
}
