// Rows 14, 19, 21 and 24 of engine 8 on the built program: what happens to the logs while no exporter runs.
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EcsWriter, ecsStamp } from '../support/ecs-writer.ts';
import {
  isBalanced,
  loweredCounts,
  startExporter,
  storedDenials,
  untilExact,
  writeConfig,
} from '../support/exporter.ts';
import { hasInfluxd, startInfluxd } from '../support/influxd.ts';
import type { Influxd } from '../support/influxd.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { startWriteProxy } from '../support/write-proxy.ts';
import type { WriteProxy } from '../support/write-proxy.ts';

const limitMs = 240_000;
const bucketMs = Math.floor(Date.now() / 10_000) * 10_000 - 60_000;
const denial = (event: number): string => `${ecsStamp(bucketMs)}:1:capro(1):MED:[DENYEVT event=${event} d1=1 d2=2]\n`;
const total = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0);

describe.skipIf(!hasInfluxd)('an exporter that is started again', () => {
  let influxd: Influxd;
  let proxy: WriteProxy;

  beforeAll(async () => {
    influxd = await startInfluxd();
    proxy = await startWriteProxy(influxd.url);
  });
  afterAll(async () => {
    await proxy?.close();
    await influxd?.stop();
  });

  function scene(name: string, paths: (folder: string) => readonly string[]): { folder: string; config: string } {
    const folder = temporaryFolder();
    const config = writeConfig(folder, {
      outputs: { influx: { url: proxy.url, database: name } },
      sources: [{ family: 'ecs', host: name, paths: paths(folder), timezone: 'UTC' }],
    });
    return { folder, config };
  }

  test('counts a line once that is completed only after the restart', { timeout: limitMs }, async () => {
    const { folder, config } = scene('partial', () => ['./logs']);
    const log = join(folder, 'logs', '2026-0101-000000');
    mkdirSync(join(folder, 'logs'));
    const [line, head] = [denial(1012), denial(2287).slice(0, 50)];
    writeFileSync(log, line + head);
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      const exporter = await startExporter(config);
      await exporter.until(
        async () => (await exporter.metric('file_lag_bytes')) === head.length,
        'the beginning of the line to be seen',
      );
      await exporter.until(
        async () => total(await storedDenials(influxd, 'partial', 'partial')) === 1,
        'the whole line',
      );
      expect(await exporter.metric('lines_read_total')).toBe(1);
      await exporter.stop(signal);
    }
    appendFileSync(log, denial(2287).slice(50));
    const exporter = await startExporter(config);
    const expected = new Map([
      [`1012 ${bucketMs}`, 1],
      [`2287 ${bucketMs}`, 1],
    ]);
    await untilExact(exporter, influxd, 'partial', 'partial', { expected });
    expect(await exporter.metric('lines_read_total')).toBe(2);
    expect(await exporter.metric('lines_total', { fate: 'matched' })).toBe(2);
    await exporter.stop();
  });

  test('waits for a folder that is made later, and reads archives in it once', { timeout: limitMs }, async () => {
    const { folder, config } = scene('archives', (at) => [join(at, 'later', 'today', '20*')]);
    const first = await startExporter(config);
    await first.untilHealth('degraded', /20\* does not exist yet/);
    const later = join(folder, 'later', 'today');
    mkdirSync(later, { recursive: true });
    const members = [denial(1012).repeat(3), denial(1192).repeat(2)].map((text) => gzipSync(text));
    writeFileSync(join(later, '2026-0101-000000.gz'), Buffer.concat(members));
    writeFileSync(join(later, '2026-0101-000100'), denial(1012));
    const expected = new Map([
      [`1012 ${bucketMs}`, 4],
      [`1192 ${bucketMs}`, 2],
    ]);
    await untilExact(first, influxd, 'archives', 'archives', { expected });
    await first.untilHealth('ok');
    await first.stop('SIGKILL');
    // Compressed while nobody looked: the same lines under another name.
    const plain = join(later, '2026-0101-000100');
    writeFileSync(`${plain}.gz`, gzipSync(readFileSync(plain)));
    rmSync(plain);
    writeFileSync(join(later, '2026-0101-000200'), denial(2011));
    const second = await startExporter(config);
    expected.set(`2011 ${bucketMs}`, 1);
    await untilExact(second, influxd, 'archives', 'archives', { expected });
    await second.untilHealth('ok');
    expect(await second.metric('lines_read_total')).toBe(7);
    expect(await second.metric('gaps_total')).toBe(0);
    await second.stop();
  });

  test('finishes three generations of a log, the oldest compressed', { timeout: limitMs }, async () => {
    const { folder, config } = scene('rotated', (at) => [join(at, 'logs', 'events.log')]);
    const writer = new EcsWriter({ directory: join(folder, 'logs'), rotation: 'rename', seed: 5 });
    for (let times = 0; times < 20; times++) writer.write(20);
    const first = await startExporter(config);
    await first.until(async () => (await storedDenials(influxd, 'rotated', 'rotated')).size > 0, 'the first lines');
    await first.stop();
    for (let rotation = 0; rotation < 3; rotation++) {
      for (let times = 0; times < 20; times++) writer.write(20);
      writer.rotate();
    }
    for (let times = 0; times < 20; times++) writer.write(20);
    writer.close();
    const oldest = join(folder, 'logs', 'events.log.3');
    writeFileSync(`${oldest}.gz`, gzipSync(readFileSync(oldest)));
    rmSync(oldest);
    const second = await startExporter(config);
    await untilExact(second, influxd, 'rotated', 'rotated', writer);
    await second.untilHealth('ok');
    expect(await second.metric('lines_read_total')).toBe(writer.lines);
    expect(await second.metric('gaps_total')).toBe(0);
    expect(await isBalanced(second)).toBe(true);
    expect((await second.stop()).status).toBe(0);
    expect(loweredCounts(proxy.writes).slice(0, 10)).toEqual([]);
  });
});
