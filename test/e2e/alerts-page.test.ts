// The page of alerts in a real Chromium: what fires is seen first, can be understood without colour, silenced, and no
// label of a log acts as markup.
import { join } from 'node:path';
import type { BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/model/clock.ts';
import { silentLog } from '../../src/model/log.ts';
import type { QueryEngine } from '../../src/model/query.ts';
import { startWeb } from '../../src/web/server.ts';
import { boardAlert, TestBoard } from '../support/alert-board.ts';
import { buildPage, openPage, startBrowser } from '../support/browser.ts';
import type { WatchedPage } from '../support/browser.ts';
import { hostileValues, sampleDashboard, sampleStatus } from '../support/page-data.ts';
import { requireServer } from '../support/require-server.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until as untilWithin } from '../support/until.ts';

const executable = requireServer('chromium');
const minuteMs = 60_000;

const until = (condition: () => boolean | Promise<boolean>, what: string): Promise<unknown> =>
  untilWithin(condition, what, 40_000);

/** Knows one change of the past. */
const store: QueryEngine = {
  run: ({ measurement, select }) =>
    Promise.resolve(
      measurement.name === 'alert_event'
        ? [
            {
              group: ['resolved', 'Avaya denial surge', 'warning', 'cm7'],
              timeMs: systemClock.now() - 90 * minuteMs,
              values: ['Denial 1192 on cm7', 300],
            },
          ]
        : [{ group: [], timeMs: 0, values: select.map(() => 1) }],
    ),
  tagValues: () => Promise.resolve(['cm1']),
  span: () => Promise.resolve(undefined),
};

describe.skipIf(executable === undefined)('the page of alerts', () => {
  let board: TestBoard;
  let web: Awaited<ReturnType<typeof startWeb>>;
  let chromium: Awaited<ReturnType<typeof startBrowser>>;

  beforeAll(async () => {
    const publicDirectory = join(temporaryFolder(), 'page');
    await buildPage(publicDirectory);
    web = await startWeb({
      host: '127.0.0.1',
      port: 0,
      queries: store,
      dashboards: [sampleDashboard],
      alerts: () => board,
      status: () => sampleStatus(systemClock.now()),
      clock: systemClock,
      log: silentLog,
      publicDirectory,
    });
    chromium = await startBrowser(executable ?? '');
  }, 120_000);

  beforeEach(() => {
    const now = systemClock.now();
    board = new TestBoard(() => systemClock.now());
    board.alerts = [
      boardAlert({ activeSinceMs: now - 12.5 * minuteMs }),
      boardAlert({
        fingerprint: 'b',
        ruleUid: 'sb-ecs-alarm',
        title: 'Avaya maintenance alarms',
        severity: 'warning',
        state: 'pending',
        activeSinceMs: now - minuteMs,
        labels: { alertname: 'Avaya maintenance alarms', host: 'cm2', type: hostileValues[0] },
        summary: `3 alarms of type ${hostileValues[1]} on cm2`,
      }),
    ];
  });

  afterAll(async () => {
    await chromium?.close();
    await web?.close();
  });

  async function visit(
    path: string,
    look: (watched: WatchedPage) => Promise<void>,
    options: BrowserContextOptions = {},
  ): Promise<void> {
    const watched = await openPage(chromium.browser, web.url, { viewport: { width: 1400, height: 1300 }, ...options });
    try {
      await watched.page.goto(new URL(path, web.url).href);
      await look(watched);
      expect(watched.faults).toEqual([]);
      expect(await watched.page.title()).not.toBe('owned');
    } finally {
      await watched.close();
    }
  }

  const part = ({ page }: WatchedPage, name: string) => page.getByRole('region', { name, exact: true });

  test('shows what fires, what is about to, the last changes and the rules, in words', async () => {
    await visit('/alerts', async (watched) => {
      const firing = part(watched, 'Firing').locator('.alert-card');
      await firing.waitFor();
      const text = await firing.innerText();
      for (const one of ['Critical', '25 IP telephones dropped', 'host cm1', 'Avaya mass drop']) {
        expect(text).toContain(one);
      }
      expect(text).toMatch(/firing for 1\d\smin/);
      expect(text).not.toContain('grafana_folder');
      const pending = await part(watched, 'Pending').innerText();
      expect(pending).toContain('Warning');
      expect(pending).toContain(hostileValues[0]);
      expect(pending).toContain(hostileValues[1]);
      const history = part(watched, 'Last changes');
      await history.getByText('Denial 1192 on cm7').waitFor();
      expect(await history.innerText()).toMatch(/1 hour ago[\s\S]*resolved[\s\S]*5 minutes/);
      const rules = await part(watched, 'Rules').innerText();
      expect(rules).toContain('cannot be evaluated');
      expect(rules).toContain('the store cannot answer');
      expect(await part(watched, 'Silences').innerText()).toContain('Nothing is silenced');
      expect(await watched.page.locator('main img, main script').count()).toBe(0);
    });
  });

  test('is silenced for a while with a comment, and heard again when the silence is ended', async () => {
    await visit('/alerts', async (watched) => {
      const { page } = watched;
      const card = part(watched, 'Firing').locator('.alert-card');
      await card.getByRole('button', { name: 'Silence this alert' }).click();
      const form = page.getByRole('dialog');
      await form.getByLabel('For').selectOption({ label: '2 hours' });
      await form.getByLabel('Comment').fill('works on the core switch');
      await form.getByRole('button', { name: 'Silence' }).click();
      const silences = part(watched, 'Silences');
      await silences.getByText('works on the core switch').waitFor();
      expect(board.wishes[0]).toMatchObject({ ruleUid: 'sb-ecs-drop', comment: 'works on the core switch' });
      expect(board.wishes[0]?.labels).toMatchObject({ host: 'cm1' });
      expect(Math.abs(board.wishes[0]!.endsMs - systemClock.now() - 120 * minuteMs)).toBeLessThan(10 * minuteMs);
      await card.getByText('Silenced until').waitFor();
      await until(async () => (await page.locator('.alerts-badge').innerText()).includes('No alerts'), 'a calm badge');
      await silences.getByRole('button', { name: /End the silence/ }).click();
      await silences.getByText('Nothing is silenced').waitFor();
      expect(board.silences).toEqual([]);
    });
  });

  test('a rule is silenced as a whole, until a time', async () => {
    await visit('/alerts', async (watched) => {
      const row = part(watched, 'Rules').locator('[data-rule="sb-ecs-alarm"]');
      await row.getByRole('button', { name: /Silence every alert/ }).click();
      const form = watched.page.getByRole('dialog');
      await form.getByLabel('For').selectOption({ label: 'Until a time' });
      const end = new Date(systemClock.now() + 3 * 86_400_000).toISOString().slice(0, 16);
      await form.locator('input[name="until"]').fill(end);
      await form.getByRole('button', { name: 'Silence' }).click();
      await part(watched, 'Silences').getByText('Avaya maintenance alarms').waitFor();
      expect(board.wishes[0]).toMatchObject({ labels: {}, endsMs: Date.parse(`${end}Z`) });
    });
  });

  test('a form that is being filled in stays while the page refreshes', async () => {
    await visit('/alerts', async (watched) => {
      const { page } = watched;
      await part(watched, 'Firing').getByRole('button', { name: 'Silence this alert' }).click();
      await page.getByLabel('Comment').fill('half a sent');
      board.alerts = board.alerts.map((alert) => ({ ...alert, summary: 'another summary' }));
      await page.waitForResponse((response) => response.url().endsWith('/api/alerts'));
      await part(watched, 'Pending').getByText('another summary').waitFor();
      expect(await page.getByLabel('Comment').inputValue()).toBe('half a sent');
    });
  });

  test('the runbook opens in its place, and the panel is one click away', async () => {
    await visit('/alerts', async (watched) => {
      const { page } = watched;
      const card = part(watched, 'Firing').locator('.alert-card');
      await card.getByText('What to do').click();
      await card.getByText('Do not restart telephones', { exact: false }).waitFor();
      expect(await card.locator('.runbook ol li').count()).toBe(3);
      await card.getByRole('link', { name: 'Panel' }).click();
      await page.waitForURL('**/d/test-sample?**viewPanel=4');
      expect(new URL(page.url()).searchParams.get('var-host')).toBe('cm1');
    });
  });

  test('the number of alerts is in the head of every page and leads here', async () => {
    await visit('/status', async ({ page }) => {
      const badge = page.locator('.alerts-badge');
      await badge.waitFor();
      expect(await badge.innerText()).toBe('✖ 1 alert');
      await badge.click();
      await page.waitForURL('**/alerts');
      await page.getByRole('heading', { name: 'Alerts', level: 1 }).waitFor();
      expect(await page.locator('.nav [aria-current="page"]').innerText()).toContain('Alerts');
    });
  });

  test('a link of a message shows the rule it is about', async () => {
    await visit('/alerts?rule=sb-ecs-drop', async ({ page }) => {
      await page.locator('.alert-card.is-target').waitFor();
    });
  });

  test('on a phone nothing is wider than the screen, and the form is reachable', async () => {
    const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
    await visit(
      '/alerts',
      async (watched) => {
        const { page } = watched;
        const firing = part(watched, 'Firing');
        await firing.locator('.alert-card').waitFor();
        expect(await page.evaluate(() => document.querySelector('main')!.scrollWidth)).toBeLessThanOrEqual(390);
        await firing.getByRole('button', { name: 'Silence this alert' }).click();
        const box = (await page.getByRole('dialog').boundingBox())!;
        expect(box.x).toBeGreaterThanOrEqual(0);
        expect(box.x + box.width).toBeLessThanOrEqual(390);
      },
      phone,
    );
  });
});
