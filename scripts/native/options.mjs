// The command line of `npm run native-stack`: what may be given, and the help text.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** A wrong command line: exit status 2. */
export class UsageError extends Error {}

export const help = `Usage: npm run native-stack -- [options]

Starts the whole stack without Docker: a natively installed InfluxDB (influxd 1.x or 2.x), the alert receiver, a demo
with its exporter, and a natively installed Grafana with everything in provisioning/ and dashboards/. Everything
listens on 127.0.0.1 only. Ctrl-C ends all of it; what was stored is there again at the next start.

  --data DIR            folder for data, logs and secrets (default: state/native)
  --influx-port N       port of InfluxDB (default: 8086)
  --grafana-port N      port of Grafana (default: 3000)
  --receiver-port N     port of the alert receiver (default: 9095); 0 as a port takes a free one
  --no-grafana          everything but Grafana
  --verify              when all is up, check Grafana as for a release, end everything, and exit with 0 or 1
  --help                this text

Environment:
  INFLUXD               the program influxd, if it is not found on PATH
  GRAFANA_HOME          the folder of Grafana (with bin/ and conf/), if it is not found on PATH
  GF_...                further settings of Grafana; addresses, folders and the password are ours

Exit status: 0 done, 1 failed, 2 wrong usage, 130 ended by Ctrl-C.
`;

/** Reads the words after the script's name; throws UsageError. Paths become absolute. */
export function readOptions(words) {
  let values;
  try {
    ({ values } = parseArgs({
      args: words,
      options: {
        data: { type: 'string', default: 'state/native' },
        'influx-port': { type: 'string', default: '8086' },
        'grafana-port': { type: 'string', default: '3000' },
        'receiver-port': { type: 'string', default: '9095' },
        'no-grafana': { type: 'boolean', default: false },
        verify: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }));
  } catch (error) {
    throw new UsageError(error.message.split('. ')[0]);
  }
  if (values.verify && values['no-grafana']) throw new UsageError('--verify checks Grafana: leave out --no-grafana');
  if (values.data === '') throw new UsageError('--data needs a folder');
  return {
    isHelp: values.help,
    data: resolve(values.data),
    ports: {
      influx: port(values, 'influx-port'),
      grafana: port(values, 'grafana-port'),
      receiver: port(values, 'receiver-port'),
    },
    hasGrafana: !values['no-grafana'],
    isVerifying: values.verify,
  };
}

function port(values, name) {
  const text = values[name];
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new UsageError(`--${name} ${text} is no port: give a number from 0 to 65535`);
}
