// The live page over an embedded store of ten million points: how long each question of each dashboard takes, alone
// and while points are written at full speed, what the questions cost the writing, and how soon a browser has drawn.
// The peer is the library itself: a bare sum over the same rows of the same file, whose answer must be the same.
// Slightly above 300 lines: one run from filling to the last figure.
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { avayaDashboard } from '../src/families/ecs/dashboards.ts';
import { ecsDenial, ecsMeasurements } from '../src/families/ecs/metrics.ts';
import { pipelineDashboard } from '../src/grafana/pipeline-dashboard.ts';
import { systemClock } from '../src/model/clock.ts';
import { silentLog } from '../src/model/log.ts';
import type { Dashboard } from '../src/model/panel.ts';
import { switchboardPipeline } from '../src/model/pipeline.ts';
import { query } from '../src/model/query.ts';
import { duckdbOptions } from '../src/outputs/duckdb/options.ts';
import { openStore } from '../src/outputs/duckdb/store.ts';
import type { Store } from '../src/outputs/duckdb/store.ts';
import type { QueryAnswer } from '../src/web/public/wire.ts';
import { startWeb } from '../src/web/server.ts';
import { openPage, startBrowser } from '../test/support/browser.ts';
import { sampleStatus } from '../test/support/page-data.ts';
import { requireServer } from '../test/support/require-server.ts';
import { median } from './contest.ts';
import { Client } from './page-asking.ts';
import { Intake, put } from './page-intake.ts';
import { filledDays, hostNames, sitePoints } from './page-points.ts';
import type { Ledger } from './page-points.ts';
import { hourMs, quantile, questionsOf, ranges, spread } from './page-questions.ts';
import type { Question, RangeName } from './page-questions.ts';

const dashboards: readonly Dashboard[] = [avayaDashboard, pipelineDashboard];
const rangeNames = Object.keys(ranges) as RangeName[];
/** What a browser runs at a time against one server. */
const atOnceOfBrowser = 6;
/** How long the intake is measured. */
const intakeMs = 5000;
/** Batches as the engine delivers them, at most. */
const batchPoints = 5000;

/** What the benchmark needs of the program that runs it. */
export interface PageBench {
  /** Folder for the store. */
  readonly directory: string;
  /** 1: eight switches, ten million points. */
  readonly size: number;
  readonly runs: number;
  /** The built page. */
  readonly publicDirectory: string;
  say(text: string): void;
  /** Notes a figure, and whether it is as wanted. */
  note(name: string, value: number, unit: string, wanted?: { readonly below?: number; readonly above?: number }): void;
  /** Called when an answer is not what it must be. */
  wrong(text: string): void;
}

/** Runs all of it. */
export async function benchPage(bench: PageBench): Promise<void> {
  mkdirSync(bench.directory, { recursive: true });
  const endMs = Math.floor(Date.now() / 30_000) * 30_000;
  const hosts = hostNames(Math.max(1, Math.round(8 * bench.size)));
  const ledger: Ledger = new Map();
  const path = join(bench.directory, 'switchboard.duckdb');
  const open = (): Promise<Store> =>
    openStore({
      options: duckdbOptions.parse({ retentionDays: 0 }),
      measurements: [...ecsMeasurements, switchboardPipeline],
      directory: bench.directory,
      clock: systemClock,
    });
  let store = await open();
  await fill(
    bench,
    store,
    sitePoints({ hosts, fromMs: endMs - filledDays * 24 * hourMs, toMs: endMs, size: 50_000, ledger }),
  );
  await store.close();
  bench.note('file', statSync(path).size / 1e6, 'MB');
  const bareMs = await bareSum(bench, path, endMs, ledger);
  store = await open();
  const web = await startWeb({
    host: '127.0.0.1',
    port: 0,
    queries: store.queries,
    dashboards,
    status: () => sampleStatus(Date.now()),
    clock: systemClock,
    log: silentLog,
    publicDirectory: bench.publicDirectory,
  });
  const client = new Client();
  try {
    await firstPaint(bench, web.url);
    await againstBare(bench, client, web.url, endMs, bareMs, ledger);
    await questions(bench, client, web.url, endMs, 'alone');
    await paintAt(bench, client, web.url, endMs, 'alone');
    const more = sitePoints({
      hosts,
      fromMs: endMs,
      toMs: endMs + 365 * 24 * hourMs,
      size: batchPoints,
      ledger: new Map(),
    });
    const quiet = new Intake(store, more);
    await new Promise((resolve) => setTimeout(resolve, intakeMs));
    const alone = await quiet.stop();
    bench.note('intake alone', alone.rate, 'points/s');
    bench.note('longest write alone', alone.longestMs, 'ms');
    const busy = new Intake(store, more);
    await questions(bench, client, web.url, endMs, 'with intake');
    const shared = await busy.stop();
    bench.note('intake with questions', shared.rate, 'points/s');
    bench.note('longest write with questions', shared.longestMs, 'ms');
    await besideSlow(bench, store, more, client, web.url, endMs);
  } finally {
    client.stop();
    await web.close();
    await store.close();
  }
}

async function fill(bench: PageBench, store: Store, points: ReturnType<typeof sitePoints>): Promise<void> {
  const startedMs = performance.now();
  let written = 0;
  for (const batch of points) {
    await put(store, batch);
    written += batch.points;
  }
  bench.note('points', written, '');
  bench.note('filling', written / ((performance.now() - startedMs) / 1000), 'points/s');
}

/** Every question, one at a time, each several times with the range moved on as a live page does. */
async function questions(bench: PageBench, client: Client, base: string, endMs: number, when: string): Promise<void> {
  const asked = dashboards.flatMap((dashboard) => [
    ...questionsOf(dashboard, base, endMs, ''),
    ...questionsOf(dashboard, base, endMs, '&var-host=cm1'),
  ]);
  const times = new Map<Question, number[]>(asked.map((question) => [question, []]));
  for (let run = 0; run <= bench.runs; run++) {
    const answers = await client.fetch(
      asked.map((question) => question.address(run * 30_000)),
      1,
    );
    if (run > 0)
      asked.forEach((question, index) => times.get(question)?.push(answers[index]?.milliseconds ?? Number.NaN));
  }
  for (const range of rangeNames) {
    const all = [...times].filter(([question]) => question.range === range).flatMap(([, values]) => values);
    bench.say(`  ${when}, ${range}: ${spread(all)}; ${all.length} answers`);
  }
  const slowest = [...times].map(([question, values]) => ({ question, middle: median(values), values }));
  slowest.sort((one, other) => other.middle - one.middle);
  for (const { question, values } of slowest.slice(0, 5)) bench.say(`    ${question.title}: ${spread(values)}`);
  const all = [...times.values()].flat();
  bench.note(`answers ${when}, p95`, quantile(all, 0.95), 'ms', { below: 100 });
}

/** All questions of the first dashboard together, as a browser asks them when it is opened. */
async function paintAt(bench: PageBench, client: Client, base: string, endMs: number, when: string): Promise<void> {
  for (const range of rangeNames) {
    const asked = questionsOf(avayaDashboard, base, endMs, '').filter((question) => question.range === range);
    const seconds: number[] = [];
    const single: number[] = [];
    for (let run = 0; run < bench.runs; run++) {
      const startedMs = performance.now();
      const answers = await client.fetch(
        asked.map((question) => question.address(run * 30_000)),
        atOnceOfBrowser,
      );
      seconds.push(performance.now() - startedMs);
      single.push(...answers.map(({ milliseconds }) => milliseconds));
    }
    bench.say(
      `  ${when}, all ${asked.length} questions of a dashboard at once, ${range}: ${median(seconds).toFixed(0)} ms; each ${spread(single)}`,
    );
  }
}

/** A question that cannot be answered quickly runs all the time: writing and the other panels must go on. */
async function besideSlow(
  bench: PageBench,
  store: Store,
  points: ReturnType<typeof sitePoints>,
  client: Client,
  base: string,
  endMs: number,
): Promise<void> {
  const endless = query(ecsDenial, {
    select: [{ field: 'distinct_d1', aggregate: 'median' }],
    groupBy: ['event', 'category', 'host'],
    perSeries: 'median',
    minWindowSeconds: 1,
    fill: 'none',
  });
  const givenUp = new AbortController();
  let asked = 0;
  const slow = (async () => {
    while (!givenUp.signal.aborted) {
      asked++;
      const range = { fromMs: endMs - filledDays * 24 * hourMs, toMs: endMs, windowMs: 1000 };
      await store.queries.run(endless, range, {}, givenUp.signal).catch(() => undefined);
    }
  })();
  const intake = new Intake(store, points);
  const panels = questionsOf(avayaDashboard, base, endMs, '').filter(({ range }) => range === '24 h');
  const times: number[] = [];
  const startedMs = performance.now();
  for (let run = 0; performance.now() - startedMs < intakeMs; run++) {
    const answers = await client.fetch(
      panels.map((question) => question.address(run * 30_000)),
      1,
    );
    times.push(...answers.map(({ milliseconds }) => milliseconds));
  }
  const { rate, longestMs } = await intake.stop();
  givenUp.abort();
  await slow;
  bench.say(`  beside a slow question (${asked} of them), 24 h: ${spread(times)}`);
  bench.note('intake beside a slow question', rate, 'points/s');
  bench.note('longest write beside a slow question', longestMs, 'ms');
}

/** The library's bare sum over the whole time, in milliseconds; it must be what was written. */
async function bareSum(bench: PageBench, path: string, endMs: number, ledger: Ledger): Promise<number> {
  const instance = await DuckDBInstance.create(path, { threads: '2', access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const times: number[] = [];
    for (let run = 0; run <= bench.runs; run++) {
      const startedMs = performance.now();
      const sql = `SELECT CAST(sum(count) AS DOUBLE) FROM ecs_denial WHERE time >= ${endMs - 720 * hourMs} AND time < ${endMs}`;
      const [row] = (await connection.runAndReadAll(sql)).getRowsJS();
      if (run > 0) times.push(performance.now() - startedMs);
      checkSum(bench, 'the file', row?.[0], ledger);
    }
    return median(times);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** The same sum as a panel gets it, over the network and as JSON. */
async function againstBare(
  bench: PageBench,
  client: Client,
  base: string,
  endMs: number,
  bareMs: number,
  ledger: Ledger,
): Promise<void> {
  const [question] = questionsOf(avayaDashboard, base, endMs, '').filter(({ range }) => range === '30 d');
  const urls = Array.from({ length: bench.runs + 1 }, () => question?.address(0) ?? '');
  const answers = await client.fetch(urls, 1);
  for (const { body } of answers) {
    const { series } = JSON.parse(body) as QueryAnswer;
    checkSum(bench, `"${question?.title}"`, series[0]?.values[0]?.[0], ledger);
  }
  const ours = median(answers.slice(1).map(({ milliseconds }) => milliseconds));
  bench.say(`all denials of 30 d as a panel: ${ours.toFixed(1)} ms, ${(bareMs / ours).toFixed(2)} x the bare sum`);
}

function checkSum(bench: PageBench, where: string, found: unknown, ledger: Ledger): void {
  const expected = ledger.get(ecsDenial.name)?.sum;
  if (found !== expected) bench.wrong(`${expected} denials were written, ${where} has ${String(found)}`);
}

/** From going to the page until every panel that can be seen has drawn, in a browser without a cache. */
async function firstPaint(bench: PageBench, url: string): Promise<void> {
  const executable = requireServer('chromium');
  if (executable === undefined || !existsSync(join(bench.publicDirectory, 'main.js'))) {
    bench.say('SKIPPED: the first picture needs Chromium and the built page');
    return;
  }
  const chromium = await startBrowser(executable);
  try {
    const times: number[] = [];
    for (let run = 0; run <= bench.runs; run++) {
      const watched = await openPage(chromium.browser, url, { viewport: { width: 1400, height: 1000 } });
      try {
        const startedMs = performance.now();
        await watched.page.goto(url, { waitUntil: 'commit' });
        // Of the frames that can be seen none has an open question or an empty body.
        await watched.page.waitForFunction(() => {
          const seen = [...document.querySelectorAll('[data-panel]')].filter(
            (frame) => frame.getBoundingClientRect().top < innerHeight,
          );
          return (
            seen.length > 0 &&
            seen.every(
              (frame) =>
                frame.getAttribute('aria-busy') === 'false' &&
                frame.querySelector('.stat, canvas, .bars, .table, .panel-message:not([hidden])') !== null,
            )
          );
        });
        if (run > 0) times.push(performance.now() - startedMs);
        for (const fault of watched.faults) bench.wrong(fault);
      } finally {
        await watched.close();
      }
    }
    bench.note('first picture in the browser', median(times), 'ms', { below: 1000 });
  } finally {
    await chromium.close();
  }
}
