// The embedded store: points in one DuckDB file, which the live page asks. Light: the database library is loaded
// when the output is opened (style S-9).
import { systemClock } from '../../model/clock.ts';
import type { OutputKind } from '../../model/output.ts';

/** The output `duckdb`: overwriting upserts, retention, and answers to panel queries. */
export const duckdb: OutputKind = {
  name: 'duckdb',
  title: 'Embedded store (DuckDB)',
  values: 'absolute',
  delivery: () => 'at-least-once',
  losesEventTime: false,
  options: async () => (await import('./options.ts')).duckdbOptions,
  pathOptions: ['path'],
  secretOptions: [],
  open: async ({ options, measurements, directory }) => {
    const [{ openStore }, { duckdbOptions }] = await Promise.all([import('./store.ts'), import('./options.ts')]);
    return openStore({ options: duckdbOptions.parse(options ?? {}), measurements, directory, clock: systemClock });
  },
};
