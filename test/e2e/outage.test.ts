// Rows 3 and 5 to 9 of engine 8 on the built program and a real InfluxDB: a store that is away in every way it can be,
// while the log grows. The ledger of the writer is the oracle.
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EcsWriter, ecsStamp, randomFrom } from '../support/ecs-writer.ts';
import type { Rotation } from '../support/ecs-writer.ts';
import {
  loweredCounts,
  isBalanced,
  startExporter,
  storedDenials,
  untilExact,
  writeConfig,
} from '../support/exporter.ts';
import type { Exporter } from '../support/exporter.ts';
import { hasInfluxd, startInfluxd } from '../support/influxd.ts';
import type { Influxd } from '../support/influxd.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { startWriteProxy } from '../support/write-proxy.ts';
import type { ProxyBehaviour, WriteProxy } from '../support/write-proxy.ts';

const limitMs = 240_000;
const hourMs = 3_600_000;
const megabyte = 1024 * 1024;

describe.skipIf(!hasInfluxd)('an exporter whose store is away', () => {
  let influxd: Influxd;
  const proxies: WriteProxy[] = [];

  beforeAll(async () => {
    influxd = await startInfluxd();
  });
  afterAll(async () => {
    for (const proxy of proxies) await proxy.close();
    await influxd?.stop();
  });

  /** A log that can be made to grow, a store behind a proxy, and a configuration with these options of the output. */
  async function scene(
    name: string,
    options: object,
    more: { store?: Influxd; rotation?: Rotation } = {},
  ): Promise<Scene> {
    const { store = influxd, rotation = 'names' } = more;
    const folder = temporaryFolder();
    const proxy = await startWriteProxy(store.url);
    proxies.push(proxy);
    // Spread over hours, so that every commit touches many buckets: open, sealed and opened again.
    const random = randomFrom(7);
    const begin = Date.now() - 3 * hourMs;
    const now = (): number => begin + random() * 3 * hourMs;
    const writer = new EcsWriter({ directory: join(folder, 'logs'), rotation, seed: 11, now });
    const config = writeConfig(folder, {
      outputs: { influx: { url: proxy.url, database: name, ...options } },
      sources: [{ family: 'ecs', host: name, paths: [writer.pattern], timezone: 'UTC', spoolLimitMegabytes: 1 }],
    });
    return { folder, proxy, writer, config };
  }

  test('stores exactly what was written after every kind of outage', { timeout: limitMs }, async () => {
    const { proxy, writer, config } = await scene('outage', { timeoutSeconds: 1 });
    const askedAt: number[] = [];
    const outages: readonly (readonly [ProxyBehaviour, RegExp])[] = [
      ['refuse', /output influx: .*(?:ECONNRESET|socket hang up|ECONNREFUSED)/],
      ['hang', /output influx: no answer within 1 s/],
      ['lose-answer', /output influx: .*(?:ECONNRESET|socket hang up)/],
      [{ status: 500, body: '{"error":"engine is on fire"}' }, /output influx: answer 500: engine is on fire/],
      [{ status: 429, headers: { 'retry-after': '2' } }, /output influx: answer 429/],
    ];
    const exporter = await startExporter(config);
    const writing = grow(writer, 20);
    try {
      for (const [behaviour, reasons] of outages) {
        await exporter.untilHealth('ok');
        proxy.behave(() => {
          if (typeof behaviour === 'object' && behaviour.status === 429) askedAt.push(performance.now());
          return behaviour;
        });
        await exporter.untilHealth('degraded', reasons);
        if (askedAt.length > 0) await exporter.until(() => askedAt.length > 1, 'the write to be tried again');
        proxy.behave('pass');
      }
    } finally {
      clearInterval(writing);
      writer.close();
    }
    // Not before the time that the server asked for (timers of a busy machine may be a little early, never much).
    expect((askedAt[1] ?? 0) - (askedAt[0] ?? 0)).toBeGreaterThan(1900);
    await untilExact(exporter, influxd, 'outage', 'outage', writer);
    await exporter.untilHealth('ok');
    expect(loweredCounts(proxy.writes).slice(0, 10)).toEqual([]);
    expect(await isBalanced(exporter)).toBe(true);
    expect(await exporter.metric('lines_read_total')).toBe(writer.lines);
    // The exporter goes on reporting about itself: the spool is empty between two commits, not always.
    await exporter.until(async () => (await exporter.metric('spooled_points')) === 0, 'the spool to be empty');
    expect((await exporter.stop()).status).toBe(0);
  });

  test('stops reading when its spool is full, and goes on by itself', { timeout: limitMs }, async () => {
    const { proxy, writer, config } = await scene('full', {}, { rotation: 'rename' });
    proxy.behave({ status: 503 });
    const exporter = await startExporter(config);
    const writing = setInterval(() => writer.write(100), 20);
    try {
      await exporter.untilHealth('failing', /the spool is full/);
      expect(await exporter.metric('source_paused')).toBe(1);
      const before = await memoryOf(exporter);
      // The log goes on growing by much more than the spool holds, and that is all that grows.
      clearInterval(writing);
      const read = await exporter.metric('lines_read_total');
      const target = writer.lines + 60_000;
      while (writer.lines < target) {
        writer.write(5000);
        if (writer.lines > target - 30_000) writer.rotate();
      }
      await exporter.until(async () => (await exporter.metric('lag_bytes')) > 2 * megabyte, 'the lag to be shown');
      expect(await exporter.metric('lines_read_total')).toBe(read);
      expect(await exporter.metric('spool_bytes')).toBeLessThan(8 * megabyte);
      expect(await memoryOf(exporter)).toBeLessThan(before + 96 * megabyte);
      proxy.behave('pass');
      writer.close();
      await untilExact(exporter, influxd, 'full', 'full', writer);
      await exporter.untilHealth('ok');
      expect(await memoryOf(exporter)).toBeLessThan(before + 160 * megabyte);
    } finally {
      clearInterval(writing);
    }
    expect(loweredCounts(proxy.writes).slice(0, 10)).toEqual([]);
    expect(await exporter.metric('lines_read_total')).toBe(writer.lines);
    expect((await exporter.stop()).status).toBe(0);
  });

  test('ends in order with a full spool, and the next start loses nothing', { timeout: limitMs }, async () => {
    // The limit of the store is far beyond the grace: the write in flight has to be given up.
    const { proxy, writer, config } = await scene('ended', { timeoutSeconds: 600 });
    proxy.behave('hang');
    const first = await startExporter(config);
    const writing = grow(writer, 100);
    try {
      await first.untilHealth('failing', /the spool is full/);
      const { status, stderr } = await first.stop('SIGTERM');
      expect({ status, isStopped: stderr.includes('"message":"stopped"') }).toEqual({ status: 0, isStopped: true });
      expect(await storedDenials(influxd, 'ended', 'ended').catch(() => new Map())).toEqual(new Map());
      proxy.behave('pass');
      const second = await startExporter(config);
      clearInterval(writing);
      writer.close();
      await untilExact(second, influxd, 'ended', 'ended', writer);
      await second.untilHealth('ok');
      expect(await second.metric('lines_read_total')).toBe(writer.lines);
      expect((await second.stop()).status).toBe(0);
    } finally {
      clearInterval(writing);
    }
    expect(loweredCounts(proxy.writes).slice(0, 10)).toEqual([]);
  });

  test('makes one refused point a dead letter and stores all others', { timeout: limitMs }, async () => {
    const { folder, proxy, config } = await scene('refused', {});
    await influxd.query('CREATE DATABASE refused');
    const minute = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;
    // Somebody has stored a text where a number belongs.
    const taken = `ecs_proc_err,host=other count="text" ${minute}`;
    const prepared = await fetch(`${influxd.url}/write?db=refused&precision=ms`, { method: 'POST', body: taken });
    expect(prepared.status).toBe(204);
    const log = join(folder, 'logs', '2026-0102-000000');
    let lines = '';
    for (let number = 0; number < 4999; number++) {
      lines += `${ecsStamp(minute - (number % 100) * 10_000)}:1:capro(1):MED:[DENYEVT event=${1000 + (number % 499)} d1=1 d2=2]\n`;
    }
    lines += `${ecsStamp(minute)}:1:capro(1):MED:[proc_err: pro=7171, err=203, seq=21053,da1=5,da2=5]\n`;
    appendFileSync(log, lines);
    const exporter = await startExporter(config);
    await exporter.until(
      async () => (await exporter.metric('output_points_total', { fate: 'refused' })) > 0,
      'the refusal',
    );
    await exporter.until(async () => (await stored(influxd)) === 4999, 'the 4,999 others');
    const letters = readFileSync(join(folder, 'state/sources/ecs-refused/dead-letters/dead-letters.jsonl'), 'utf8');
    expect(letters.trim().split('\n')).toHaveLength(1);
    expect(letters).toMatch(/ecs_proc_err,\S*pro=7171/);
    expect(letters).toContain('field type conflict');
    const attempts = writesOf(proxy, 'ecs_proc_err');
    appendFileSync(log, `${ecsStamp(minute)}:1:capro(1):MED:[DENYEVT event=1 d1=1 d2=2]\n`);
    await exporter.until(async () => (await stored(influxd)) === 5000, 'what comes later');
    expect(await exporter.metric('output_points_total', { fate: 'refused' })).toBe(1);
    expect(writesOf(proxy, 'ecs_proc_err')).toBe(attempts);
    expect((await exporter.stop()).status).toBe(0);
  });

  test('waits for people who correct an account and a missing database', { timeout: limitMs }, async () => {
    const account = { username: 'admin', password: 'admins-own' };
    const store = await startInfluxd({ account });
    try {
      const login = { username: 'exporter', password: 'exporters-own' };
      const { proxy, writer, config } = await scene('late', login, { store });
      const writing = grow(writer, 5);
      const exporter = await startExporter(config);
      try {
        await exporter.untilHealth('failing', /output influx: answer 401: .*; check the token or account/);
        await store.query(`CREATE USER "exporter" WITH PASSWORD 'exporters-own'`);
        await exporter.untilHealth('failing', /output influx: .*database not found.*creating it failed/);
        expect(await exporter.metric('output_points_total')).toBe(0);
        await store.query('CREATE DATABASE late; GRANT WRITE ON late TO exporter');
        await exporter.untilHealth('ok');
      } finally {
        clearInterval(writing);
      }
      writer.close();
      await untilExact(exporter, store, 'late', 'late', writer);
      expect(loweredCounts(proxy.writes).slice(0, 10)).toEqual([]);
      const { status, stderr } = await exporter.stop();
      expect(status).toBe(0);
      expect(stderr).not.toContain('exporters-own');
      // Changes of the state are told once, not with every attempt.
      expect(stderr.match(/"message":"an output is away/g)).toHaveLength(1);
      expect(stderr.match(/"message":"an output is back"/g)).toHaveLength(1);
    } finally {
      await store.stop();
    }
  });
});

interface Scene {
  readonly folder: string;
  readonly proxy: WriteProxy;
  readonly writer: EcsWriter;
  readonly config: string;
}

/** Lets the log grow by so many lines at a time, until the timer is cleared. */
function grow(writer: EcsWriter, lines: number): NodeJS.Timeout {
  return setInterval(() => {
    writer.write(lines);
    if (writer.lines % 17 === 0) writer.rotate();
  }, 20);
}

const memoryOf = (exporter: Exporter): Promise<number> => exporter.metric('resident_memory_bytes');

async function stored(influxd: Influxd): Promise<number> {
  return influxd.number('SELECT count("count") FROM ecs_denial', 'refused').catch(() => 0);
}

function writesOf({ writes }: WriteProxy, measurement: string): number {
  return writes.filter(({ body }) => body.includes(measurement)).length;
}
