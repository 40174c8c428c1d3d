// From a number back to its lines with the built program: by command and on the page, after kill -9, after rotation and
// compression, and when the log is gone.
import { once } from 'node:events';
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { openPage, startBrowser } from '../support/browser.ts';
import { ecsStamp } from '../support/ecs-writer.ts';
import { runProgram, startProgram } from '../support/program.ts';
import type { RunningProgram } from '../support/program.ts';
import { requireServer } from '../support/require-server.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const executable = requireServer('chromium');
const hostile = '<img src=x onerror=alert(1)>\x1b[31m';

const started: RunningProgram[] = [];
afterEach(() => {
  for (const { child } of started.splice(0)) child.kill('SIGKILL');
});

/** A configuration and its log, with denials of the last minutes. */
class Site {
  readonly folder = temporaryFolder();
  readonly config = join(this.folder, 'switchboard.yaml');
  readonly log = join(this.folder, 'logs', 'events.log');
  readonly startMs = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;
  #count = 0;

  constructor() {
    mkdirSync(join(this.folder, 'logs'));
    writeFileSync(this.log, '');
    const source = { family: 'ecs', host: 'cm1', paths: [this.log], timezone: 'UTC', rotationGraceSeconds: 1 };
    writeFileSync(this.config, JSON.stringify({ stateDir: './state', outputs: { duckdb: {} }, sources: [source] }));
  }

  /** Denials 1192, a second apart, with other lines between. */
  write(count: number): void {
    let text = '';
    for (let index = 0; index < count; index++) {
      const stamp = ecsStamp(this.startMs + this.#count++ * 1000);
      text += `${stamp}:1:MAP(1):MED:[MST  ++++  20 54]\n${stamp}:2:capro(1):MED:[DENYEVT event=1192 d1=${this.#count} d2=${hostile}]\n`;
    }
    appendFileSync(this.log, text);
  }

  start(): RunningProgram {
    const program = startProgram(['up', '--config', this.config, '--port', '0']);
    started.push(program);
    return program;
  }

  /** What the command finds in all of the time. */
  async lines(...more: string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
    const from = new Date(this.startMs).toISOString();
    return runProgram(['lines', '--config', this.config, '--from', from, '--where', 'event=1192', ...more]);
  }
}

async function urlOf(program: RunningProgram): Promise<string> {
  return until(() => /http:\/\/[\d.:]+\//.exec(program.stdout)?.[0], 'the address of the page', 60_000);
}

async function read(url: string, lines: number): Promise<void> {
  const total = async (): Promise<number> => {
    const status = (await (await fetch(`${url}api/status`)).json()) as {
      sources: { counters: { linesRead: number } }[];
    };
    return status.sources[0]?.counters.linesRead ?? 0;
  };
  await until(async () => (await total()) >= lines, `${lines} lines to be read`, 60_000);
}

describe('the lines of a number', () => {
  test(
    'are found by the command after a kill, rotation and compression, and told to be gone',
    { timeout: 180_000 },
    async () => {
      const site = new Site();
      site.write(100);
      const first = site.start();
      await read(await urlOf(first), 200);
      await until(
        async () =>
          (await site.lines('-n', '0')).stderr ===
          '100 lines, none shown; --skip 0 shows the next, --limit more at once\n',
        'the notes',
        30_000,
      );
      const ended = once(first.child, 'exit');
      first.child.kill('SIGKILL');
      await ended;
      renameSync(site.log, `${site.log}.1`);
      writeFileSync(site.log, '');
      site.write(50);
      const second = site.start();
      await read(await urlOf(second), 300);
      second.child.kill('SIGTERM');
      await second.ended;
      writeFileSync(`${site.log}.1.gz`, gzipSync(readFileSync(`${site.log}.1`)));
      rmSync(`${site.log}.1`);
      const found = await site.lines('-n', '1');
      expect(found).toMatchObject({
        status: 0,
        stderr: '150 lines, 1 to 1 shown; --skip 1 shows the next, --limit more at once\n',
      });
      expect(found.stdout).toBe(
        `${site.log}.1.gz:2: ${ecsStamp(site.startMs)}:2:capro(1):MED:[DENYEVT event=1192 d1=1 d2=<img src=x onerror=alert(1)>\\x1b[31m]\n`,
      );
      const json = JSON.parse((await site.lines('--skip', '149', '--json')).stdout) as {
        total: number;
        lines: { path: string; number: number }[];
      };
      expect(json).toMatchObject({ total: 150, lines: [{ path: site.log, number: 100, host: 'cm1' }] });
      const csv = (await site.lines('--csv', '--skip', '148')).stdout.split('\n');
      expect(csv[0]).toBe('host,path,line,offset,time,text');
      expect(csv.length).toBe(4);
      rmSync(`${site.log}.1.gz`);
      const rest = await site.lines('-n', '1000');
      expect(rest.status).toBe(0);
      expect(rest.stderr).toContain('50 lines\n');
      expect(rest.stderr).toContain(
        'events.log holds other lines now (these were rotated away and deleted, or overwritten); it held about 200 lines of this time, 100 of them events',
      );
      expect(await site.lines('--host', 'cm2')).toMatchObject({ status: 2 });
      expect(await site.lines('--to', '2020-01-01')).toMatchObject({ status: 2 });
      expect(await site.lines('--where', 'evnt=1')).toMatchObject({
        status: 2,
        stderr: expect.stringContaining('did you mean event?') as string,
      });
    },
  );

  test('are found in files that no source has read', async () => {
    const site = new Site();
    site.write(20);
    const end = new Date(site.startMs + 5000).toISOString();
    const args = [
      'lines',
      '--family',
      'ecs',
      '--from',
      new Date(site.startMs).toISOString(),
      '--to',
      end,
      '--timezone',
      'UTC',
    ];
    const found = await runProgram([...args, site.log]);
    expect(found).toMatchObject({ status: 0, stderr: '5 lines\n' });
    expect(found.stdout.split('\n')[4]).toMatch(new RegExp(`^${site.log}:10: .*d1=5 `));
    expect(await runProgram([...args, '--where', 'event=7', site.log])).toMatchObject({
      status: 0,
      stdout: '',
      stderr: 'no lines\n',
    });
    expect(await runProgram([...args, `${site.log}.none`])).toMatchObject({ status: 1, stdout: '' });
  });

  test.skipIf(executable === undefined)(
    'open on the page from a number, as text, by mouse, keyboard and address',
    { timeout: 180_000 },
    async () => {
      const site = new Site();
      site.write(250);
      const program = site.start();
      const url = await urlOf(program);
      await read(url, 500);
      const chromium = await startBrowser(executable ?? '');
      const watched = await openPage(chromium.browser, url, { viewport: { width: 1400, height: 1200 } });
      const { page } = watched;
      try {
        const asked = `d/sb-avaya?from=${site.startMs}&to=${site.startMs + 1_200_000}&refresh=off`;
        await page.goto(new URL(asked, url).href);
        const number = page.locator('[data-panel="1"] .lines-button');
        await until(
          async () => (await number.count()) === 1 && (await number.innerText()) === '250',
          'the number',
          60_000,
        );
        await number.focus();
        await page.keyboard.press('Enter');
        const drawer = page.locator('.lines-drawer');
        await drawer.locator('.lines-entry').first().waitFor();
        expect(await drawer.locator('.lines-summary').innerText()).toBe(
          '250 lines: exactly the 250 that the page shows',
        );
        expect(await drawer.locator('.lines-entry').count()).toBe(200);
        expect(await drawer.locator('.lines-file').first().innerText()).toBe('events.log:2');
        expect(await drawer.locator('.lines-text').first().innerText()).toContain(
          'd2=<img src=x onerror=alert(1)>\\x1b[31m]',
        );
        await drawer.locator('.lines-more').click();
        await until(
          async () => (await drawer.locator('.lines-entry').count()) === 250,
          'the rest of the lines',
          30_000,
        );
        expect(await drawer.locator('.lines-more').isVisible()).toBe(false);
        // The address opens the same again; by then the log is gone.
        rmSync(site.log);
        await page.reload();
        await drawer.locator('.lines-gone li').waitFor();
        expect(await drawer.locator('.lines-gone').innerText()).toMatch(
          /events\.log is gone .* about 500 lines of this time, 250 of them events/,
        );
        expect(await drawer.locator('.lines-summary').innerText()).toContain('0 lines of the 250 that the page shows');
        await page.keyboard.press('Escape');
        expect(await drawer.isVisible()).toBe(false);
        expect(new URL(page.url()).hash).toBe('');
        // A click into the chart asks for one window of one series.
        const chart = page.locator('[data-panel="8"] .u-over');
        await chart.scrollIntoViewIfNeeded();
        await chart.waitFor();
        const box = await chart.boundingBox();
        if (!box) throw new Error('no chart');
        await page.mouse.click(box.x + box.width * 0.1, box.y + box.height / 2);
        await drawer.waitFor();
        expect(await drawer.locator('.lines-title').innerText()).toBe('Denials by number: 1192');
        expect(watched.faults).toEqual([]);
      } finally {
        await watched.close();
        await chromium.close();
      }
    },
  );
});
