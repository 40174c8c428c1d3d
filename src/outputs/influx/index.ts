// The `influx` output: InfluxDB 1.x, 2.x and 3, and stores that take the same writes. Light: the client comes with open.
import type { OutputKind } from '../../model/output.ts';

/** InfluxDB over HTTP, absolute values, at least once; writing a point again replaces it. */
export const influx: OutputKind = {
  name: 'influx',
  title: 'InfluxDB',
  values: 'absolute',
  delivery: () => 'at-least-once',
  losesEventTime: false,
  secretOptions: ['token', 'password'],
  options: async () => (await import('./options.ts')).influxOptions,
  open: async ({ options }) => {
    const [{ openInflux }, { influxOptions }] = await Promise.all([import('./output.ts'), import('./options.ts')]);
    return openInflux(influxOptions.parse(options));
  },
};
