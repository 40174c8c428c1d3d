// From a number of the cisco family back to its lines: records leave in another order than their lines came, and still each
// count has its own lines behind it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { daemonLine } from '../../src/demo/network-log-file.ts';
import { NetworkSimulation } from '../../src/demo/network-simulation.ts';
import { EvidencePage } from '../../src/engine/line-evidence.ts';
import { findLines } from '../../src/engine/line-finder.ts';
import { lineIndexDirectory, Source } from '../../src/engine/run.ts';
import { cisco } from '../../src/families/cisco/index.ts';
import { ciscoConfigChange, ciscoInterfaceEvent, ciscoMessages } from '../../src/families/cisco/metrics.ts';
import type { Measurement } from '../../src/model/catalogue.ts';
import { systemClock } from '../../src/model/clock.ts';
import type { Analyzer } from '../../src/model/family.ts';
import { silentLog } from '../../src/model/log.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { temporaryFolder } from '../support/temporary.ts';

const hourMs = 3_600_000;
const bucketMs = 60_000;
const startMs = Math.floor((Date.now() - 12 * hourMs) / hourMs) * hourMs;

test('every count has as many lines, and lines of its own device', { timeout: 120_000 }, async () => {
  const folder = temporaryFolder();
  const network = new NetworkSimulation({
    startMs,
    sites: 12,
    noisePerHour: 60,
    incidents: 'rhythm',
    rates: { loss: 0.03, duplication: 0.02, reordering: 0.05 },
  });
  const lines = network.advance(startMs + 3 * hourMs).map((arrival) => daemonLine(arrival, 'iso'));
  const path = join(folder, 'cisco.log');
  writeFileSync(path, `${lines.join('\n')}\n`, 'latin1');
  const topology = join(folder, 'topology.yaml');
  writeFileSync(topology, network.topology);
  const options: unknown = (await cisco.options()).parse({ topology });
  const make = (): Promise<Analyzer> => cisco.createAnalyzer({ options, timezone: 'UTC', host: 'noc' });
  const store = new MemoryStore();
  const directory = join(folder, 'state');
  const source = await Source.open({
    name: 'test',
    family: 'cisco',
    host: 'noc',
    instance: 'i1',
    measurements: cisco.measurements,
    analyzer: await make(),
    follow: {
      paths: [path],
      mode: 'once',
      isLogName: () => true,
      isNameOrdered: false,
      // Many stretches: records wait from one into the next.
      chunkBytes: 16 * 1024,
    },
    outputs: [{ name: 'store', values: 'absolute', delivery: 'at-least-once', output: store }],
    directory,
    bucketMs,
    onStateLoss: 'begin',
    onFull: 'block',
    clock: systemClock,
    log: silentLog,
  });
  await source.run();
  expect(lines.length).toBeGreaterThan(2000);

  const found = async (measurement: Measurement, tags: readonly string[], fromMs: number): Promise<EvidencePage> => {
    const page = new EvidencePage(0, 1000);
    await findLines(
      {
        host: 'noc',
        directory: lineIndexDirectory(directory),
        rotatedPattern: undefined,
        maxLineBytes: 65_536,
        analyzer: await make(),
      },
      {
        measurement,
        fields: ['count'],
        fromMs,
        toMs: fromMs + bucketMs,
        isWanted: (others) => others.every((tag, at) => tag === tags[at]),
      },
      page,
      new AbortController().signal,
    );
    return page;
  };
  let counted = 0;
  for (const measurement of [ciscoMessages, ciscoInterfaceEvent, ciscoConfigChange] as const) {
    const counts = [...store.values(measurement.name, 'count', measurement.tagNames)];
    expect(counts.length).toBeGreaterThan(0);
    // Spread over the whole time.
    for (let at = 0; at < counts.length; at += Math.ceil(counts.length / 40)) {
      const [key, count] = counts[at] ?? ['', 0];
      const tags = key.split(' ');
      const timeMs = Number(tags.pop());
      const page = await found(measurement, tags, timeMs);
      expect([tags, timeMs, page.amount]).toEqual([tags, timeMs, count]);
      expect(page.total).toBe(count);
      counted += count;
      for (const { text, number } of page.lines) {
        expect(text).toBe(lines[number - 1]);
        if (measurement === ciscoConfigChange) expect(text).toMatch(/CONFIG_I|DB_COMMIT|SYSLOG_CONFIG_I|CFGLOG/);
        if (measurement === ciscoMessages) expect(text).toContain(`-${tags[1]}-`);
      }
    }
  }
  expect(counted).toBeGreaterThan(60);
});
