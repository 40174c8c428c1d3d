// Row 10 of engine 8 on the built program: the disk with the state is full for a while. A small file system of its own is
// filled with ballast; where none can be mounted (only root may), the tests are skipped.
import { spawnSync } from 'node:child_process';
import { appendFileSync, closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeOf } from '../../src/model/errors.ts';
import { EcsWriter } from '../support/ecs-writer.ts';
import { isBalanced, loweredCounts, startExporter, untilExact, writeConfig } from '../support/exporter.ts';
import { hasInfluxd, startInfluxd } from '../support/influxd.ts';
import type { Influxd } from '../support/influxd.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { startWriteProxy } from '../support/write-proxy.ts';

const disk = join(temporaryFolder(), 'disk');
const ballast = join(disk, 'ballast');

function mount(): boolean {
  mkdirSync(disk);
  const options = ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk];
  return process.platform === 'linux' && spawnSync('mount', options, { stdio: 'ignore' }).status === 0;
}

/** Takes every byte that is left. */
function fill(): void {
  const file = openSync(ballast, 'a');
  try {
    for (let size = 65_536; size > 0;) {
      try {
        writeSync(file, Buffer.alloc(size));
      } catch (error) {
        if (codeOf(error) !== 'ENOSPC') throw error;
        size = Math.floor(size / 2);
      }
    }
  } finally {
    closeSync(file);
  }
}

describe.skipIf(!hasInfluxd)('an exporter whose disk is full', () => {
  let influxd: Influxd;
  let isMounted = false;

  beforeAll(async () => {
    isMounted = mount();
    influxd = await startInfluxd();
  });
  afterAll(async () => {
    await influxd?.stop();
    if (!isMounted) return;
    // A program that was just killed may hold the disk for a moment.
    await until(() => spawnSync('umount', [disk], { stdio: 'ignore' }).status === 0, 'the disk to be unmounted');
  });

  test('pauses, says so, and goes on by itself when there is space', { timeout: 240_000 }, async ({ skip }) => {
    skip(!isMounted, 'no file system can be mounted here');
    const folder = temporaryFolder();
    const proxy = await startWriteProxy(influxd.url);
    const writer = new EcsWriter({ directory: join(folder, 'logs'), rotation: 'names', seed: 3 });
    const bad = join(folder, 'bad', '2026-0101-000000');
    mkdirSync(join(folder, 'bad'));
    let badLines = 0;
    const writing = setInterval(() => {
      writer.write(10);
      appendFileSync(bad, '20261399:000000000:1:capro(1):MED:[DENYEVT event=1 d1=1 d2=2]\n');
      badLines++;
    }, 20);
    const config = writeConfig(folder, {
      stateDir: join(disk, 'state'),
      outputs: { influx: { url: proxy.url, database: 'disk' } },
      sources: [{ family: 'ecs', host: 'cm', paths: [writer.pattern, bad], timezone: 'UTC' }],
    });
    const exporter = await startExporter(config);
    try {
      await exporter.untilHealth('ok');
      for (let times = 1; times <= 2; times++) {
        // What the program frees meanwhile is taken too.
        const filling = setInterval(fill, 50);
        try {
          await exporter.untilHealth('failing', /the state cannot be written: .*ENOSPC/);
        } finally {
          clearInterval(filling);
        }
        expect(await exporter.metric('source_paused')).toBe(1);
        const read = await exporter.metric('lines_read_total');
        const written = writer.lines;
        await exporter.until(() => writer.lines > written + 500, 'the log to grow');
        expect(await exporter.metric('lines_read_total')).toBe(read);
        rmSync(ballast);
        await exporter.untilHealth('ok');
        await exporter.until(async () => (await exporter.metric('lines_read_total')) > read, 'reading to go on');
      }
    } finally {
      clearInterval(writing);
      writer.close();
    }
    await untilExact(exporter, influxd, 'disk', 'cm', writer);
    await exporter.until(
      async () => (await exporter.metric('lines_total', { fate: 'dead_lettered' })) === badLines,
      'the bad lines to be counted',
    );
    expect(await isBalanced(exporter)).toBe(true);
    expect(await exporter.metric('starts_total')).toBe(1);
    const { status, stderr } = await exporter.stop();
    expect(status).toBe(0);
    // Told once for each change, not with every attempt.
    const told = (message: string): number => stderr.split(`"message":"${message}"`).length - 1;
    expect(told('reading is paused')).toBe(told('reading goes on'));
    expect(told('reading is paused')).toBeLessThan(10);
    expect(loweredCounts(proxy.writes).slice(0, 10)).toEqual([]);
    await proxy.close();
  });
});
