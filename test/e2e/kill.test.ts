// Rows 1, 6 and 13 to 16 of engine 8 together, on the built program and a real InfluxDB: kill -9 at random moments while
// the logs grow and rotate. SWITCHBOARD_KILLS sets how often, SWITCHBOARD_SEED repeats a failed run.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EcsWriter, randomFrom } from '../support/ecs-writer.ts';
import type { Rotation } from '../support/ecs-writer.ts';
import { differences, loweredCounts, storedDenials } from '../support/exporter.ts';
import { hasInfluxd, startInfluxd } from '../support/influxd.ts';
import { programPath } from '../support/program.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { startWriteProxy } from '../support/write-proxy.ts';

const kills = Number(process.env['SWITCHBOARD_KILLS'] ?? 200);
const seed = Number(process.env['SWITCHBOARD_SEED'] ?? Date.now() % 1_000_000);
const rotations: readonly Rotation[] = ['names', 'rename', 'copytruncate'];

/** A started exporter whose messages are kept for when it ends by itself. */
function startExporter(config: string): {
  child: ChildProcess;
  fault: () => string | undefined;
  isReading: () => boolean;
} {
  const child = spawn(process.execPath, [programPath(), 'export', '--config', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let messages = '';
  child.stderr?.on('data', (data: Buffer) => (messages = (messages + data.toString()).slice(-4000)));
  return {
    child,
    isReading: () => messages.includes('"reading"'),
    fault: () => (child.exitCode === null ? undefined : `the exporter ended with ${child.exitCode}: ${messages}`),
  };
}

describe.skipIf(!hasInfluxd)('an exporter that is killed again and again', () => {
  test(`stores exactly what was written, after ${kills} kills (seed ${seed})`, { timeout: 1_800_000 }, async () => {
    const random = randomFrom(seed);
    const folder = temporaryFolder();
    const influxd = await startInfluxd();
    const proxy = await startWriteProxy(influxd.url);
    await influxd.query('CREATE DATABASE kills');
    // Now and then the answer is lost, the server is away, or it is busy.
    proxy.behave(() => {
      const chance = random();
      if (chance < 0.05) return 'lose-answer';
      if (chance < 0.08) return 'refuse';
      return chance < 0.1 ? { status: 503 } : 'pass';
    });
    const writers = rotations.map(
      (rotation, index) => new EcsWriter({ directory: join(folder, rotation), rotation, seed: seed + index }),
    );
    const config = join(folder, 'switchboard.yaml');
    writeFileSync(
      config,
      JSON.stringify({
        instance: 'kill',
        stateDir: './state',
        outputs: { influx: { url: proxy.url, database: 'kills' } },
        sources: rotations.map((rotation, index) => ({
          family: 'ecs',
          host: rotation,
          paths: [writers[index]?.pattern],
          timezone: 'UTC',
          latenessSeconds: 20,
          rotationGraceSeconds: 2,
        })),
      }),
    );
    let hasBegun = false;
    const writing = setInterval(() => {
      for (const writer of writers) {
        writer.write(1 + Math.floor(random() * 20));
        // What is rotated away before a source has ever run is not its log.
        if (hasBegun && random() < 0.015) writer.rotate();
      }
    }, 20);
    let exporter: ReturnType<typeof startExporter> | undefined;
    try {
      exporter = startExporter(config);
      for (const host of rotations)
        await until(async () => (await storedDenials(influxd, 'kills', host)).size > 0, `lines of ${host}`);
      hasBegun = true;
      exporter.child.kill('SIGKILL');
      await once(exporter.child, 'exit');
      for (let kill = 0; kill < kills; kill++) {
        exporter = startExporter(config);
        // Some are killed while they start; but if all were, on a busy machine the rotation would leave them behind.
        const { isReading, fault } = exporter;
        if (random() < 0.8) await until(() => isReading() || fault() !== undefined, 'the exporter to read', 60_000);
        await new Promise((resolve) => setTimeout(resolve, random() * 600));
        expect(fault()).toBeUndefined();
        const ended = once(exporter.child, 'exit');
        exporter.child.kill('SIGKILL');
        await ended;
      }
      clearInterval(writing);
      for (const writer of writers) writer.close();
      proxy.behave('pass');
      const last = (exporter = startExporter(config));
      for (const [index, writer] of writers.entries()) {
        const host = rotations[index] ?? '';
        let found = ['nothing was compared'];
        await until(
          async () => {
            found = differences(await storedDenials(influxd, 'kills', host), writer.expected);
            return found.length === 0 || last.fault() !== undefined;
          },
          `the counts of ${host} to be those written`,
          120_000,
        ).catch(() => undefined);
        expect(last.fault()).toBeUndefined();
        expect(found.slice(0, 10), `${host}, ${writer.lines} lines, ${writer.rotations} rotations`).toEqual([]);
      }
      expect(loweredCounts(proxy.writes)).toEqual([]);
      const ended = once(last.child, 'exit');
      last.child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    } finally {
      clearInterval(writing);
      exporter?.child.kill('SIGKILL');
      await proxy.close();
      await influxd.stop();
    }
  });
});
