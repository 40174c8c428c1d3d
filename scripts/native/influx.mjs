// InfluxDB for the native stack, whichever version is installed: started on the loopback address with accounts, and
// then the same four things for everybody: an address, how to write, how to read, and InfluxQL with the reader's rights.
import { join } from 'node:path';
import { prepareInflux1, startInflux1 } from './influx1.mjs';
import { prepareInflux2, startInflux2 } from './influx2.mjs';
import { ask, waitFor } from './wait.mjs';

/** Name of the database, or of the organisation and the bucket. */
export const database = 'switchboard';

/**
 * Starts influxd and sees to database and accounts. Gives `url`, `output` (the section of a configuration file, which
 * names variables), `variables` (their values), `reader` (scheme and credential as Grafana's header shall have them)
 * and `query`.
 */
export async function startInflux({ program, port, data, secrets, children, signal }) {
  const url = `http://127.0.0.1:${port}`;
  const folder = join(data, `influxdb${program.major}`);
  const [start, prepare] = program.major === 1 ? [startInflux1, prepareInflux1] : [startInflux2, prepareInflux2];
  start({ program, port, folder, children });
  const remedy = `see ${children.log('influxdb')}`;
  const isUp = async () => ((await ask(`${url}/ping`)).status === 204 ? true : undefined);
  await waitFor(isUp, { what: `InfluxDB at ${url}`, signal, remedy });
  const { output, variables, reader } = await prepare({ url, database, secrets, signal, remedy });
  const authorization = `${reader.scheme} ${reader.credential}`;
  return { url, output, variables, reader, query: (text) => query(url, authorization, text) };
}

/** Series of an InfluxQL answer; throws the server's words. */
async function query(url, authorization, text) {
  const { status, json } = await ask(`${url}/query`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ db: database, q: text, epoch: 'ms' }).toString(),
  });
  const fault = json?.error ?? json?.message ?? json?.results?.find(({ error }) => error !== undefined)?.error;
  if (status !== 200 || fault !== undefined) throw new Error(`InfluxDB: ${fault ?? `answer ${status}`}`);
  return (json?.results ?? []).flatMap(({ series }) => series ?? []);
}
