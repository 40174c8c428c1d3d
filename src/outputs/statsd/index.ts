// The `statsd` output: counters as increments, gauges as they are. Light: the client library comes with open.
import type { OutputKind } from '../../model/output.ts';

/** StatsD over UDP or TCP. It promises less than the others: no event time, and over UDP no word of a loss. */
export const statsd: OutputKind = {
  name: 'statsd',
  title: 'StatsD',
  values: 'delta',
  delivery: (options) => {
    const isTwiceAllowed =
      typeof options === 'object' && options !== null && 'atMostOnce' in options && options.atMostOnce === false;
    return isTwiceAllowed ? 'at-least-once' : 'at-most-once';
  },
  losesEventTime: true,
  secretOptions: [],
  options: async () => (await import('./options.ts')).statsdOptions,
  open: async ({ options, measurements }) => {
    const [{ openStatsd }, { statsdOptions }] = await Promise.all([import('./output.ts'), import('./options.ts')]);
    return openStatsd(statsdOptions.parse(options), measurements);
  },
};
