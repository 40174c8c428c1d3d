// From a number back to its lines: for every stored count, as many lines are found, whatever happened to the log and to
// the program in between.
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { EvidencePage } from '../../src/engine/line-evidence.ts';
import { findLines } from '../../src/engine/line-finder.ts';
import type { SearchResult } from '../../src/engine/line-finder.ts';
import { lineIndexDirectory, Source } from '../../src/engine/run.ts';
import type { SourceOptions } from '../../src/engine/run.ts';
import { ecs } from '../../src/families/ecs/index.ts';
import { ecsMeasurements } from '../../src/families/ecs/metrics.ts';
import type { Measurement } from '../../src/model/catalogue.ts';
import { systemClock } from '../../src/model/clock.ts';
import type { Analyzer } from '../../src/model/family.ts';
import { silentLog } from '../../src/model/log.ts';
import { randomFrom } from '../support/ecs-writer.ts';
import type { Rotation } from '../support/ecs-writer.ts';
import { EvidenceLog } from '../support/evidence-log.ts';
import { simple } from '../support/line-analyzer.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const bucketMs = 10_000;
const seed = Number(process.env['SWITCHBOARD_SEED'] ?? Date.now() % 1_000_000);
const startMs = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000;

type MakeAnalyzer = () => Promise<Analyzer>;
const ecsAnalyzer: MakeAnalyzer = () => ecs.createAnalyzer({ options: {}, timezone: 'UTC', host: 'cm1' });

/** A source over logs, which can be stopped, crashed and started again. */
class Bench {
  readonly store = new MemoryStore();
  readonly directory = join(temporaryFolder(), 'state');
  readonly #paths: readonly string[];
  readonly #make: MakeAnalyzer;
  readonly #changes: Partial<SourceOptions>;
  #running: { source: Source; done: Promise<void> } | undefined;

  constructor(paths: readonly string[], make: MakeAnalyzer = ecsAnalyzer, changes: Partial<SourceOptions> = {}) {
    this.#paths = paths;
    this.#make = make;
    this.#changes = changes;
  }

  async start(): Promise<void> {
    const source = await Source.open({
      name: 'test',
      family: 'test',
      host: 'cm1',
      instance: 'i1',
      measurements: [...ecsMeasurements, simple],
      analyzer: await this.#make(),
      follow: {
        paths: this.#paths,
        mode: 'follow',
        isLogName: () => true,
        isNameOrdered: false,
        pollActiveMs: 5,
        pollIdleMs: 20,
        graceMs: 200,
        maxLineBytes: 8192,
        chunkBytes: 16 * 1024,
      },
      outputs: [{ name: 'store', values: 'absolute', delivery: 'at-least-once', output: this.store }],
      directory: this.directory,
      bucketMs,
      latenessMs: 20_000,
      lateHorizonMs: 3_600_000,
      onStateLoss: 'begin',
      onFull: 'block',
      commitIntervalMs: 10,
      reportIntervalMs: 600_000,
      clock: systemClock,
      log: silentLog,
      ...this.#changes,
    });
    this.#running = { source, done: source.run() };
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    running?.source.stop();
    await running?.done;
  }

  /** As if the program had been killed now: the state is what the disk holds at this moment. */
  async crash(): Promise<void> {
    const copy = `${this.directory}-at-crash`;
    rmSync(copy, { recursive: true, force: true });
    cpSync(this.directory, copy, { recursive: true });
    await this.stop();
    rmSync(this.directory, { recursive: true });
    cpSync(copy, this.directory, { recursive: true });
    rmSync(join(this.directory, 'lock'), { recursive: true, force: true });
  }

  /** Until so many lines were read. */
  async caughtUp(lines: number): Promise<void> {
    await until(() => this.source.status().counters.linesRead >= lines, `${lines} lines to be read`, 60_000);
  }

  get source(): Source {
    if (!this.#running) throw new Error('not running');
    return this.#running.source;
  }

  /** The lines that are behind a count. */
  async find(
    measurement: Measurement,
    tags: readonly string[],
    fromMs: number,
    toMs: number,
    { skip = 0, limit = 100_000 } = {},
  ): Promise<SearchResult & { page: EvidencePage }> {
    const page = new EvidencePage(skip, limit);
    const result = await findLines(
      {
        host: 'cm1',
        directory: lineIndexDirectory(this.directory),
        rotatedPattern: undefined,
        maxLineBytes: 8192,
        analyzer: await this.#make(),
      },
      {
        measurement,
        fields: ['count'],
        fromMs,
        toMs,
        isWanted: (found) => tags.every((tag, index) => found[index] === tag),
      },
      page,
      new AbortController().signal,
    );
    return { ...result, page };
  }

  /** Every stored count of a measurement: its tags in order, its time and its value. */
  counts(measurement: Measurement): { tags: string[]; timeMs: number; count: number }[] {
    return [...this.store.points].flatMap(([key, fields]) => {
      const [head = '', time = ''] = key.split(' ');
      const count = fields.get('count');
      if (head.split(',')[0] !== measurement.name || typeof count !== 'number') return [];
      const pairs = new Map(
        head
          .split(',')
          .slice(1)
          .map((pair) => pair.split('=') as [string, string]),
      );
      return [{ tags: measurement.tagNames.map((name) => pairs.get(name) ?? ''), timeMs: Number(time), count }];
    });
  }
}

const counted = ecsMeasurements.filter(({ isInstant }) => !isInstant);
let bench: Bench | undefined;

function benchOf(...parts: ConstructorParameters<typeof Bench>): Bench {
  bench = new Bench(...parts);
  return bench;
}

afterEach(async () => {
  await bench?.stop();
});

describe('finding the lines of a number', () => {
  test.each<Rotation>(['names', 'rename', 'copytruncate'])(
    `gives as many lines as every stored count says, over crashes, compression and rotation by %s (seed ${seed})`,
    { timeout: 180_000 },
    async (rotation) => {
      const random = randomFrom(seed);
      const log = new EvidenceLog(join(temporaryFolder(), 'logs'), rotation, seed, startMs);
      const at = benchOf([log.pattern]);
      const caughtUp = (): Promise<void> => {
        log.finish();
        return at.caughtUp(log.lines);
      };
      log.write(20);
      await at.start();
      await caughtUp();
      for (let round = 0; round < 40; round++) {
        log.write(1 + Math.floor(random() * 150));
        const chance = random();
        if (chance < 0.3) await caughtUp();
        if (chance < 0.15) {
          log.rotate();
          log.write(1 + Math.floor(random() * 60));
          await caughtUp();
        }
        if (chance > 0.8) {
          await at.crash();
          if (random() < 0.5) log.write(30);
          await at.start();
          await caughtUp();
        }
        if (round % 20 === 19) {
          await caughtUp();
          log.compress();
        }
      }
      await caughtUp();
      await at.stop();
      expect(log.rotations).toBeGreaterThan(2);
      const wrong: string[] = [];
      let sum = 0;
      for (const measurement of counted) {
        for (const { tags, timeMs, count } of at.counts(measurement)) {
          const { page, gone } = await at.find(measurement, tags, timeMs, timeMs + bucketMs);
          sum += count;
          if (page.total === count && page.amount === count && gone.length === 0) continue;
          wrong.push(
            `${measurement.name} ${tags.join(' ')} ${timeMs}: ${count} stored, ${page.total} found, ${JSON.stringify(gone)}`,
          );
        }
      }
      expect(wrong.slice(0, 10)).toEqual([]);
      expect(sum).toBeGreaterThan(log.lines / 4);

      // Some files are deleted: what is found and what is said to be gone account for everything.
      expect(log.deleteSome()).toBeGreaterThan(0);
      const unexplained: string[] = [];
      let missing = 0;
      for (const measurement of counted) {
        for (const { tags, timeMs, count } of at.counts(measurement)) {
          const { page, gone } = await at.find(measurement, tags, timeMs, timeMs + bucketMs);
          const lost = count - page.total;
          missing += lost;
          const explained = gone.reduce((total, { matched }) => total + matched, 0);
          if (lost >= 0 && lost <= explained) continue;
          unexplained.push(`${tags.join(' ')} ${timeMs}: ${count} stored, ${page.total} found, ${explained} gone`);
        }
      }
      expect(unexplained.slice(0, 10)).toEqual([]);
      expect(missing).toBeGreaterThan(0);
    },
  );
});
