// The live page in a real Chromium over a real embedded store: what people see and do, and what must never happen
// (console errors, requests to other hosts, log text that acts as markup).
import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/model/clock.ts';
import { silentLog } from '../../src/model/log.ts';
import type { Output } from '../../src/model/output.ts';
import { duckdb } from '../../src/outputs/duckdb/index.ts';
import { startWeb } from '../../src/web/server.ts';
import { buildPage, openPage, startBrowser } from '../support/browser.ts';
import type { WatchedPage } from '../support/browser.ts';
import {
  addHostile,
  fillStore,
  hostileValues,
  pageMeasurements,
  sampleDashboard,
  sampleStatus,
} from '../support/page-data.ts';
import { requireServer } from '../support/require-server.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until as untilWithin } from '../support/until.ts';

const executable = requireServer('chromium');
const hourMs = 3_600_000;

/** A busy machine may take long to draw. */
const until = (condition: () => boolean | Promise<boolean>, what: string): Promise<unknown> =>
  untilWithin(condition, what, 40_000);

describe.skipIf(executable === undefined)('the live page', () => {
  let store: Output;
  let web: Awaited<ReturnType<typeof startWeb>>;
  let chromium: Awaited<ReturnType<typeof startBrowser>>;
  let endMs = 0;

  beforeAll(async () => {
    const folder = temporaryFolder();
    const publicDirectory = join(folder, 'page');
    await buildPage(publicDirectory);
    const options = (await duckdb.options()).parse({});
    store = await duckdb.open({ options, measurements: pageMeasurements, directory: folder, stdout: process.stdout });
    endMs = Date.now();
    await fillStore(store, endMs, 8);
    await addHostile(store, endMs - 2 * hourMs);
    web = await startWeb({
      host: '127.0.0.1',
      port: 0,
      queries: store.queries,
      dashboards: [sampleDashboard],
      status: () => sampleStatus(Date.now()),
      clock: systemClock,
      log: silentLog,
      publicDirectory,
    });
    chromium = await startBrowser(executable ?? '');
  }, 120_000);

  afterAll(async () => {
    await chromium?.close();
    await web?.close();
    await store?.close();
  });

  async function visit(
    path: string,
    look: (watched: WatchedPage) => Promise<void>,
    options: BrowserContextOptions = {},
  ): Promise<void> {
    const browser: Browser = chromium.browser;
    const watched = await openPage(browser, web.url, { viewport: { width: 1400, height: 1300 }, ...options });
    try {
      await watched.page.goto(new URL(path, web.url).href);
      await look(watched);
      expect(watched.faults).toEqual([]);
      expect(await watched.page.title()).not.toBe('owned');
    } finally {
      await watched.close();
    }
  }

  const panel = ({ page }: WatchedPage, id: number) => page.locator(`[data-panel="${id}"]`);

  /** Waits until the panel has drawn, and none of its questions is open. */
  async function drawn(watched: WatchedPage, id: number): Promise<void> {
    await watched.page.waitForFunction((number) => {
      const root = document.querySelector(`[data-panel="${number}"]`);
      const hasContent = root?.querySelector('.stat, canvas, .bars, .table, .panel-message:not([hidden])');
      return hasContent && root?.getAttribute('aria-busy') === 'false';
    }, id);
  }

  test('shows every type of panel with its values, and says where there are none', async () => {
    await visit('/', async (watched) => {
      await watched.page.waitForURL('**/d/test-sample');
      for (const id of [1, 2, 3, 4, 5, 6, 7, 8]) await drawn(watched, id);
      expect(await panel(watched, 1).locator('.stat-value').innerText()).toMatch(/^[\d.]+\s?K$/);
      expect(await panel(watched, 1).locator('.sparkline-line').count()).toBe(1);
      expect(await panel(watched, 2).locator('.stat-name').allInnerTexts()).toEqual(['ecs-cm1', 'ecs-cm2']);
      expect(await panel(watched, 2).innerText()).toContain('Up');
      expect(await panel(watched, 3).innerText()).toContain('none yet');
      expect(await panel(watched, 4).locator('.legend tbody tr').count()).toBeGreaterThan(5);
      expect(await panel(watched, 6).locator('.bar').count()).toBe(10);
      expect(await panel(watched, 7).locator('tbody tr').count()).toBeGreaterThan(15);
      expect(await panel(watched, 8).innerText()).toContain('No data in this time range');
      expect(await watched.page.locator('.nav-health').innerText()).toContain('Failing');
    });
  });

  test('a deep link shows its range and its choice, and back and forward go between them', async () => {
    const from = endMs - 3 * hourMs;
    const to = endMs - 2.5 * hourMs;
    await visit(`/d/test-sample?from=${from}&to=${to}&var-host=cm2`, async (watched) => {
      const { page } = watched;
      await drawn(watched, 7);
      const hosts = await panel(watched, 7).locator('tbody td:nth-child(2)').allInnerTexts();
      expect(new Set(hosts)).toEqual(new Set(['cm2']));
      expect(await page.locator('.range-button').innerText()).toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d to /);

      await page.locator('.range-button').click();
      await page.getByRole('button', { name: 'Last hour' }).click();
      await page.waitForURL('**from=now-1h**');
      expect(new URL(page.url()).searchParams.getAll('var-host')).toEqual(['cm2']);
      await page.goBack();
      await page.waitForURL(`**from=${from}**`);
      expect(await page.locator('.range-button').innerText()).toContain(' to ');
      await page.goForward();
      await page.waitForURL('**from=now-1h**');
      expect(await page.locator('.range-button').innerText()).toContain('Last hour');
    });
  });

  test('another range gives other numbers', async () => {
    await visit('/d/test-sample?from=now-6h&to=now', async (watched) => {
      await drawn(watched, 1);
      const value = panel(watched, 1).locator('.stat-value');
      const before = await value.innerText();
      await watched.page.locator('.range-button').click();
      await watched.page.getByRole('button', { name: 'Last 15 minutes' }).click();
      await until(async () => (await value.innerText()) !== before, 'the number of the shorter range');
    });
  });

  test('an absolute range can be typed, and a wrong one is explained', async () => {
    await visit('/d/test-sample', async ({ page }) => {
      await page.locator('.range-button').click();
      await page.getByLabel('From', { exact: true }).fill('2026-03-02T10:00:00');
      await page.getByLabel('To', { exact: true }).fill('2026-03-01T10:00:00');
      await page.getByRole('button', { name: 'Apply' }).click();
      expect(await page.getByRole('alert').filter({ hasText: 'after the beginning' }).count()).toBe(1);
      await page.getByLabel('To', { exact: true }).fill('2026-03-02T11:00:00');
      await page.getByRole('button', { name: 'Apply' }).click();
      await page.waitForURL(`**from=${Date.UTC(2026, 2, 2, 10)}&to=${Date.UTC(2026, 2, 2, 11)}**`);
    });
  });

  test('dragging over a chart zooms in, and the button zooms out', async () => {
    await visit('/d/test-sample?from=now-6h&to=now', async (watched) => {
      const { page } = watched;
      await drawn(watched, 4);
      const area = panel(watched, 4).locator('.u-over');
      await area.scrollIntoViewIfNeeded();
      const box = (await area.boundingBox())!;
      await page.mouse.move(box.x + box.width * 0.25, box.y + 30);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.4, box.y + 30, { steps: 4 });
      await page.mouse.move(box.x + box.width * 0.5, box.y + 30, { steps: 4 });
      await page.mouse.up();
      await page.waitForURL(/from=\d+&to=\d+/);
      const span = (): number => {
        const { searchParams } = new URL(page.url());
        return Number(searchParams.get('to')) - Number(searchParams.get('from'));
      };
      const zoomed = span();
      expect(zoomed / hourMs).toBeGreaterThan(1.3);
      expect(zoomed / hourMs).toBeLessThan(1.7);
      await drawn(watched, 4);
      await page.getByRole('button', { name: 'Zoom out' }).click();
      await until(() => span() > zoomed * 1.9, 'the range twice as long');
    });
  });

  test('the pointer over a chart shows the values of that time', async () => {
    await visit('/d/test-sample?from=now-6h&to=now', async (watched) => {
      await drawn(watched, 4);
      const area = panel(watched, 4).locator('.u-over');
      await area.scrollIntoViewIfNeeded();
      await area.hover({ position: { x: 200, y: 60 } });
      const tooltip = panel(watched, 4).locator('.tooltip');
      await tooltip.waitFor({ state: 'visible' });
      expect(await tooltip.innerText()).toMatch(/\d\d:\d\d[\s\S]*registration/);
    });
  });

  test('a variable is chosen from its values and kept in the address', async () => {
    await visit('/d/test-sample?from=now-6h&to=now', async (watched) => {
      const { page } = watched;
      await page.locator('.variable-button', { hasText: 'Denial' }).click();
      await page.getByLabel('1934', { exact: true }).check();
      await page.getByLabel('2012', { exact: true }).check();
      await page.getByRole('button', { name: 'Apply' }).click();
      await page.waitForURL('**var-event=1934&var-event=2012**');
      await until(async () => (await panel(watched, 6).locator('.bar').count()) === 2, 'two bars');
      expect(await page.locator('.variable-button', { hasText: 'Denial' }).innerText()).toContain('1934, 2012');
    });
  });

  test('hostile tag values are shown as text everywhere and can be chosen', async () => {
    await visit('/d/test-sample?from=now-6h&to=now&var-host=evil', async (watched) => {
      const { page } = watched;
      await drawn(watched, 7);
      expect((await panel(watched, 7).locator('tbody th').allInnerTexts()).toSorted()).toEqual(
        [...hostileValues].toSorted(),
      );
      expect((await panel(watched, 6).locator('.bar-name').allInnerTexts()).toSorted()).toEqual(
        [...hostileValues].toSorted(),
      );
      await panel(watched, 7).getByRole('link', { name: hostileValues[0] }).click();
      await until(
        () => new URL(page.url()).searchParams.get('var-event') === hostileValues[0],
        'the choice in the address',
      );
      await until(async () => (await panel(watched, 6).locator('.bar').count()) === 1, 'one bar');
      expect(await page.locator('img:not([src="/assets/icon.svg"]), main script').count()).toBe(0);
    });
  });

  test('a table is sorted by its headings, and a chart can be read as a table', async () => {
    await visit('/d/test-sample?from=now-6h&to=now', async (watched) => {
      await drawn(watched, 7);
      await panel(watched, 7).getByRole('button', { name: 'Users' }).click();
      expect(await panel(watched, 7).locator('th[aria-sort="descending"]').innerText()).toContain('Users');
      await drawn(watched, 5);
      await panel(watched, 5).hover();
      await panel(watched, 5).getByRole('button', { name: 'Show as a table: Lag' }).click();
      expect(await panel(watched, 5).locator('.table thead th').allInnerTexts()).toEqual([
        expect.stringContaining('from'),
        'ecs-cm1',
        'ecs-cm2',
      ]);
    });
  });

  test('a click in the legend shows one curve alone', async () => {
    await visit('/d/test-sample?from=now-6h&to=now', async (watched) => {
      await drawn(watched, 5);
      const rows = panel(watched, 5).locator('.legend tbody tr');
      await rows.nth(0).getByRole('button').click();
      expect(await panel(watched, 5).locator('.legend tr.is-off').count()).toBe(1);
      await rows.nth(0).getByRole('button').click();
      expect(await panel(watched, 5).locator('.legend tr.is-off').count()).toBe(0);
    });
  });

  test('the values refresh by themselves while the range is live', async () => {
    await visit('/d/test-sample?from=now-6h&to=now&refresh=5s', async (watched) => {
      await drawn(watched, 1);
      const second = watched.page.waitForResponse((response) => response.url().includes('panel=1&'));
      expect((await second).status()).toBe(200);
    });
  });

  test('the status page holds sums, files and outputs, and the reasons in words', async () => {
    await visit('/status', async ({ page }) => {
      const card = page.locator('[data-source="ecs-cm2"]');
      await card.waitFor();
      const text = await card.innerText();
      for (const part of [
        'adds up',
        'awaited: /var/log/ecs3/20*',
        'Reading paused',
        'HTTP 401',
        'permission denied',
        'Failing',
      ]) {
        expect(text).toContain(part);
      }
      expect(await page.locator('.sum-wrong').count()).toBe(0);
    });
  });

  test.each(['dark', 'light'] as const)(
    'the %s theme follows the system, can be changed, and is remembered',
    async (scheme) => {
      await visit(
        '/status',
        async ({ page }) => {
          const background = (): Promise<string> =>
            page.evaluate(() => getComputedStyle(document.body).backgroundColor);
          const other = scheme === 'dark' ? 'light' : 'dark';
          await page.getByRole('button', { name: `Use the ${other} theme` }).waitFor();
          const before = await background();
          await page.getByRole('button', { name: `Use the ${other} theme` }).click();
          const after = await background();
          expect(after).not.toBe(before);
          await page.reload();
          await page.getByRole('button', { name: `Use the ${scheme} theme` }).waitFor();
          expect(await background()).toBe(after);
        },
        { colorScheme: scheme },
      );
    },
  );

  test('on a phone nothing is wider than the screen and the navigation opens', async () => {
    const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
    await visit(
      '/d/test-sample?from=now-6h&to=now',
      async (watched) => {
        const { page } = watched;
        await drawn(watched, 1);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
        expect(await page.evaluate(() => document.querySelector('main')!.scrollWidth)).toBeLessThanOrEqual(390);
        await page.getByRole('button', { name: 'Dashboards' }).click();
        await page.getByRole('link', { name: 'Status' }).click();
        await page.locator('[data-source="ecs-cm1"]').waitFor();
        expect(await page.evaluate(() => document.querySelector('main')!.scrollWidth)).toBeLessThanOrEqual(390);
      },
      phone,
    );
  });

  test('the keyboard reaches the range picker, and Escape gives the focus back', async () => {
    await visit('/d/test-sample', async ({ page }) => {
      await page.locator('.range-button').waitFor();
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
      await page.locator('.range-button').focus();
      await page.keyboard.press('Enter');
      await page.getByRole('dialog', { name: 'Time range' }).waitFor();
      await page.keyboard.press('Escape');
      expect(await page.getByRole('dialog').count()).toBe(0);
      expect(await page.evaluate(() => document.activeElement?.className)).toContain('range-button');
    });
  });

  test('an unknown dashboard says so and leads back', async () => {
    const watched = await openPage(chromium.browser, web.url);
    try {
      await watched.page.goto(new URL('/d/none', web.url).href);
      await watched.page.getByText('There is no such dashboard.').waitFor();
      await watched.page.getByRole('link', { name: 'To the start page' }).click();
      await watched.page.waitForURL('**/d/test-sample');
    } finally {
      await watched.close();
    }
  });

  test('when the server is away the last values stay under a banner, which goes when it is back', async () => {
    const watched = await openPage(chromium.browser, web.url, { viewport: { width: 1400, height: 1300 } });
    try {
      await watched.page.goto(new URL('/d/test-sample?from=now-6h&to=now&refresh=5s', web.url).href);
      await drawn(watched, 1);
      await watched.page.context().setOffline(true);
      await watched.page.getByRole('button', { name: 'Refresh now' }).click();
      await watched.page.getByText('The page shows the last values and keeps trying').waitFor();
      expect(await panel(watched, 1).locator('.stat-value').innerText()).toMatch(/K$/);
      await watched.page.context().setOffline(false);
      await watched.page.getByText('The page shows the last values and keeps trying').waitFor({ state: 'hidden' });
    } finally {
      await watched.close();
    }
  });
});
