// From a number back to its lines: for every stored count, as many lines are found, whatever happened to the log and to
// the program in between.
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { machineFiles } from '../../src/engine/durable.ts';
import { EvidencePage } from '../../src/engine/line-evidence.ts';
import { findLines } from '../../src/engine/line-finder.ts';
import type { SearchResult } from '../../src/engine/line-finder.ts';
import { readStretches } from '../../src/engine/line-index-files.ts';
import { lineIndexDirectory, Source } from '../../src/engine/run.ts';
import type { ReplayLine, SourceOptions } from '../../src/engine/run.ts';
import { decodeStretch, encodeStretch } from '../../src/engine/stretch.ts';
import { ecs } from '../../src/families/ecs/index.ts';
import { ecsMeasurements } from '../../src/families/ecs/metrics.ts';
import type { Measurement } from '../../src/model/catalogue.ts';
import { systemClock } from '../../src/model/clock.ts';
import type { Analyzer } from '../../src/model/family.ts';
import { goneText } from '../../src/model/lines.ts';
import { silentLog } from '../../src/model/log.ts';
import { ecsStamp, randomFrom } from '../support/ecs-writer.ts';
import type { Rotation } from '../support/ecs-writer.ts';
import { EvidenceLog } from '../support/evidence-log.ts';
import { LineAnalyzer, simple } from '../support/line-analyzer.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const bucketMs = 10_000;
/** The same at each run, unless others are to be tried. */
const seed = Number(process.env['SWITCHBOARD_SEED'] ?? 756_846);
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
    const source = await this.#open();
    this.#running = { source, done: source.run() };
  }

  /** Analyzes dead letters again, so much later. */
  async replay(lines: readonly ReplayLine[], laterMs: number): Promise<void> {
    const later = { now: () => Date.now() + laterMs, monotonic: () => performance.now() };
    const source = await this.#open({ clock: later });
    await source.replay(lines, () => Promise.resolve());
  }

  async #open(changes: Partial<SourceOptions> = {}): Promise<Source> {
    return Source.open({
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
      ...changes,
    });
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
/** The width of the buckets of a measurement, milliseconds. */
const widthOf = ({ bucketSeconds }: Measurement): number =>
  bucketSeconds === undefined ? bucketMs : bucketSeconds * 1000;
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
      for (let round = 0; round < 30; round++) {
        log.write(1 + Math.floor(random() * 150));
        const chance = random();
        if (chance < 0.3) await caughtUp();
        if (chance < 0.15 || round % 10 === 9) {
          if (chance >= 0.15) await caughtUp();
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
        if (round % 15 === 14) {
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
          const { page, gone } = await at.find(measurement, tags, timeMs, timeMs + widthOf(measurement));
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
          const { page, gone } = await at.find(measurement, tags, timeMs, timeMs + widthOf(measurement));
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

/** A log of `<epoch ms> <event> <value>` lines. */
function simpleLog(lines: readonly string[]): string {
  const path = join(temporaryFolder(), 'app.log');
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  return path;
}

const simpleAnalyzer: MakeAnalyzer = () => Promise.resolve(new LineAnalyzer());

/** Reads what is there, and stops. */
async function readAll(at: Bench, lines: number): Promise<void> {
  await at.start();
  await at.caughtUp(lines);
  await at.stop();
}

describe('what is found', () => {
  const line = (index: number, event = 'up'): string => `${startMs + index * 100} ${event} ${index}`;

  test('has the number, the place, the time and the text of each line, page by page', async () => {
    const log = simpleLog(
      Array.from({ length: 500 }, (_, index) => (index % 5 === 0 ? line(index) : `noise ${index}`)),
    );
    const at = benchOf([log], simpleAnalyzer);
    await readAll(at, 500);
    const whole = await at.find(simple, ['up'], startMs, startMs + 50_000);
    expect(whole.page.total).toBe(100);
    const text = readFileSync(log, 'utf8');
    for (const [index, found] of whole.page.lines.entries()) {
      expect(found).toMatchObject({
        number: index * 5 + 1,
        timeMs: startMs + index * 500,
        text: line(index * 5),
        isCut: false,
      });
      expect(text.slice(found.offset)).toMatch(new RegExp(`^${found.text}\n`));
    }
    const second = await at.find(simple, ['up'], startMs, startMs + 50_000, { skip: 40, limit: 40 });
    expect(second.page).toMatchObject({ total: 100, next: 80 });
    expect(second.page.lines).toEqual(whole.page.lines.slice(40, 80));
  });

  test('shows control characters, bad bytes and long lines as safe text', async () => {
    const log = join(temporaryFolder(), '2026-0101-000000');
    const stamp = ecsStamp(startMs);
    const long = 'x'.repeat(5000);
    writeFileSync(
      log,
      `${stamp}:1:a(1):MED:[DENYEVT event=1 d1=\x1b[31m d2=\xff\u202e]\r\n${stamp}:2:a(1):MED:[DENYEVT event=1 d1=${long} d2=0]\n`,
      'latin1',
    );
    const at = benchOf([log]);
    await readAll(at, 2);
    const { page } = await at.find(ecsMeasurements[0], ['1'], startMs - 1000, startMs + 1000);
    expect(page.total).toBe(2);
    expect(page.lines[0]?.text).toContain('d1=\\x1b[31m d2=\ufffd');
    expect(page.lines[0]?.text).toMatch(/\]$/);
    expect(page.lines[1]).toMatchObject({ isCut: true });
    expect(page.lines[1]?.text.length).toBe(4096);
  });

  test('finds what a limit has put under __other__ there, and not under its own value', async () => {
    const lines = Array.from({ length: 120 }, (_, index) => line(index, `e${index % 60}`));
    const at = benchOf([simpleLog(lines)], simpleAnalyzer);
    await readAll(at, 120);
    const wrong: string[] = [];
    for (const { tags, timeMs, count } of at.counts(simple)) {
      const { page } = await at.find(simple, tags, timeMs, timeMs + bucketMs);
      if (page.total !== count) wrong.push(`${tags[0]}: ${count} stored, ${page.total} found`);
    }
    expect(wrong).toEqual([]);
    expect((await at.find(simple, ['__other__'], startMs, startMs + 60_000)).page.total).toBe(20);
    expect((await at.find(simple, ['e59'], startMs, startMs + 60_000)).page.total).toBe(0);
  });

  test('leaves out lines that were too late, too early or dead letters, and finds those that a replay has counted', async () => {
    const tooEarly = `${Date.now() + 3_600_000} up 1`;
    const log = simpleLog([line(0), tooEarly, `${startMs - 86_400_000} up 1`, 'bad line', line(1)]);
    const at = benchOf([log], simpleAnalyzer);
    await readAll(at, 5);
    const all = (): Promise<SearchResult & { page: EvidencePage }> =>
      at.find(simple, ['up'], 0, Number.MAX_SAFE_INTEGER);
    expect((await all()).page.lines.map(({ number }) => number)).toEqual([1, 5]);
    await at.replay([{ file: log, offset: line(0).length + 1, bytes: Buffer.from(tooEarly) }], 7_200_000);
    const { page } = await all();
    expect(page.lines.map(({ number }) => number).toSorted((one, other) => one - other)).toEqual([1, 2, 5]);
    expect(at.counts(simple).reduce((sum, { count }) => sum + count, 0)).toBe(3);
  });

  test('is still found when the notes are torn, lost or refused by the disk', async () => {
    const log = simpleLog(Array.from({ length: 300 }, (_, index) => line(index)));
    const at = benchOf([log], simpleAnalyzer);
    await readAll(at, 300);
    const notes = lineIndexDirectory(at.directory);
    const total = async (): Promise<number> => (await at.find(simple, ['up'], startMs, startMs + 60_000)).page.total;
    expect(await total()).toBe(300);
    // Torn: a piece of the last line is missing, and something was written behind it.
    for (const name of readdirSync(notes)) {
      const path = join(notes, name);
      truncateSync(path, Math.max(0, statSync(path).size - 20));
    }
    appendFileSync(log, `${line(300)}\n`);
    await readAll(at, 301);
    expect(await total()).toBe(301);
    // Lost: everything up to the position is unknown, and searched.
    rmSync(notes, { recursive: true });
    expect(await at.find(simple, ['up'], startMs, startMs + 60_000)).toMatchObject({ isIndexed: false });
    appendFileSync(log, `${line(301)}\n`);
    await readAll(at, 302);
    const { page } = await at.find(simple, ['up'], startMs, startMs + 60_000);
    expect(page.lines.map(({ number }) => number)).toEqual(Array.from({ length: 302 }, (_, index) => index + 1));
    // A file in place of the folder: counting goes on without notes.
    rmSync(notes, { recursive: true });
    writeFileSync(notes, '');
    appendFileSync(log, `${line(302)}\n`);
    await readAll(at, 303);
    expect(at.counts(simple).reduce((sum, { count }) => sum + count, 0)).toBe(303);
  });

  test('says which log is gone and about how much it held, and which has other content now', async () => {
    const log = simpleLog(Array.from({ length: 300 }, (_, index) => line(index)));
    const at = benchOf([log], simpleAnalyzer);
    await readAll(at, 300);
    writeFileSync(log, `${line(0, 'other')}\n`);
    const changed = await at.find(simple, ['up'], startMs, startMs + 60_000);
    expect(changed.gone).toEqual([{ path: log, reason: 'changed', lines: 300, matched: 300 }]);
    rmSync(log);
    const gone = await at.find(simple, ['up'], startMs, startMs + 60_000);
    expect(gone.page.total).toBe(0);
    expect(gone.gone).toEqual([{ path: log, reason: 'gone', lines: 300, matched: 300 }]);
    expect(gone.gone.map(goneText)).toEqual([
      'is gone (deleted, or rotated away); it held about 300 lines of this time, 300 of them events',
    ]);
  });

  test('is bounded on disk: the oldest notes are forgotten, and the answer says so', async () => {
    const log = simpleLog([line(0)]);
    const at = benchOf([log], simpleAnalyzer, { lineIndexLimitBytes: 1 });
    await readAll(at, 1);
    const notes = lineIndexDirectory(at.directory);
    // As after a long time: a segment that is full.
    const [first = ''] = readdirSync(notes).filter((name) => name.endsWith('.lines'));
    appendFileSync(first === '' ? join(notes, '00000001.lines') : join(notes, first), '\n'.repeat(1024 * 1024));
    appendFileSync(log, `${line(1)}\n`);
    await readAll(at, 2);
    expect(readdirSync(notes).filter((name) => name.endsWith('.lines'))).toEqual(['00000002.lines']);
    expect(await at.find(simple, ['up'], startMs, startMs + 60_000)).toMatchObject({ isCut: true });
  });

  test('asks for a shorter time in place of filling the memory', async () => {
    const notes = join(temporaryFolder(), 'lines');
    mkdirSync(notes);
    const stretch = decodeStretch('[1,5,6,[1,1,1],"/a",0,0,1,1,1,1,null,null,[],[]]');
    if (!stretch) throw new Error('this is a stretch');
    writeFileSync(join(notes, '00000001.lines'), `${encodeStretch(stretch)}\n`.repeat(50_001));
    await expect(readStretches(machineFiles, notes, 0, 10)).rejects.toThrow(/choose a shorter time/);
    expect((await readStretches(machineFiles, notes, 7, 10)).stretches).toEqual([]);
  });
});
