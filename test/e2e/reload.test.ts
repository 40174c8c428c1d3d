// Row 31 of engine 8 on the built program: the configuration is read again and again while the logs grow.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EcsWriter } from '../support/ecs-writer.ts';
import { isBalanced, loweredCounts, startExporter, untilExact, writeConfig } from '../support/exporter.ts';
import { hasInfluxd, startInfluxd } from '../support/influxd.ts';
import type { Influxd } from '../support/influxd.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { startWriteProxy } from '../support/write-proxy.ts';

const reloads = 20;
const hosts = ['untouched', 'changed', 'absent'] as const;

describe.skipIf(!hasInfluxd)('reading the configuration again', () => {
  let influxd: Influxd;

  beforeAll(async () => {
    influxd = await startInfluxd();
  });
  afterAll(async () => {
    await influxd?.stop();
  });

  test(`loses and doubles nothing, ${reloads} times under load`, { timeout: 240_000 }, async () => {
    const folder = temporaryFolder();
    const proxy = await startWriteProxy(influxd.url);
    const writers = new Map(
      hosts.map((host, seed) => {
        const rotation = seed === 1 ? ('rename' as const) : ('names' as const);
        return [host, new EcsWriter({ directory: join(folder, host), rotation, seed })] as const;
      }),
    );
    const configure = (number: number): string =>
      writeConfig(folder, {
        outputs: { influx: { url: proxy.url, database: 'reload' } },
        sources: hosts
          // One source comes and goes, one has other settings each time, one stays as it is.
          .filter((host) => host !== 'absent' || number % 2 === 0)
          .map((host) => ({
            family: 'ecs',
            host,
            paths: [writers.get(host)?.pattern],
            timezone: 'UTC',
            ...(host === 'changed' ? { latenessSeconds: 300 + number } : {}),
          })),
      });
    let hasBegun = false;
    let ticks = 0;
    const writing = setInterval(() => {
      ticks++;
      for (const writer of writers.values()) {
        writer.write(5);
        // What is rotated away before a source has ever run is not its log.
        if (hasBegun && ticks % 15 === 0) writer.rotate();
      }
    }, 20);
    const config = configure(0);
    const exporter = await startExporter(config);
    const told = (message: string): number => exporter.program.stderr.split(`"message":"${message}`).length - 1;
    try {
      for (const host of hosts) {
        const source = `ecs-${host}`;
        await exporter.until(
          async () => (await exporter.metric('lines_read_total', { source })) > 0,
          `lines of ${host}`,
        );
      }
      hasBegun = true;
      let [valid, invalid] = [0, 0];
      for (let number = 1; number <= reloads; number++) {
        const before = ticks;
        await exporter.until(() => ticks > before + 5, 'the logs to grow');
        if (number % 3 === 0) {
          writeFileSync(config, `instance: test\nsources:\n  - { family: ecs, host: cm,\n      path: [x] }\n`);
          exporter.program.child.kill('SIGHUP');
          invalid++;
          await exporter.until(() => told('the new configuration is not valid') === invalid, `refusal ${number}`);
        } else {
          configure(number);
          exporter.program.child.kill('SIGHUP');
          valid++;
          await exporter.until(() => told('the configuration was read again') === valid, `reload ${number}`);
        }
      }
      expect(exporter.program.stderr).toMatch(
        /switchboard\.yaml:4:7: sources\[0\]\.path: unknown key \\"path\\"; did you mean paths\?/,
      );
    } finally {
      clearInterval(writing);
      for (const writer of writers.values()) writer.close();
    }
    for (const [host, writer] of writers) await untilExact(exporter, influxd, 'reload', host, writer);
    expect(await exporter.metric('starts_total', { source: 'ecs-untouched' })).toBe(1);
    expect(await exporter.metric('starts_total', { source: 'ecs-changed' })).toBeGreaterThan(10);
    expect(await isBalanced(exporter)).toBe(true);
    expect(loweredCounts(proxy.writes).slice(0, 10)).toEqual([]);
    expect((await exporter.stop()).status).toBe(0);
    await proxy.close();
  });
});
