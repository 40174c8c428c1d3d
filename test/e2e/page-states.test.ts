// What the page says when there is nothing to show, something is wrong, or it is put on paper.
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { drawn, keepPicture, panelOf, startPageSession } from '../support/page-session.ts';
import type { PageSession } from '../support/page-session.ts';
import { requireServer } from '../support/require-server.ts';
import { until as untilWithin } from '../support/until.ts';

const executable = requireServer('chromium');
const dayMs = 86_400_000;
const kinds = '/d/test-kinds?from=now-6h&to=now&refresh=off';

/** A busy machine may take long to draw. */
const until = (condition: () => boolean | Promise<boolean>, what: string): Promise<unknown> =>
  untilWithin(condition, what, 40_000);

describe.skipIf(executable === undefined)('the live page', () => {
  let session: PageSession;
  const stored = { fromMs: Date.now() - 40 * dayMs, toMs: Date.now() };
  beforeAll(async () => {
    session = await startPageSession(executable ?? '');
  }, 120_000);
  afterEach(() => {
    session.store.stored = stored;
    session.store.fault = undefined;
  });
  afterAll(() => session?.close());

  const notice = (page: Page) => page.locator('.notice');

  test('begins with the overview', async () => {
    await session.visit('/', async (page) => {
      await page.waitForURL('**/d/sb-overview');
      await drawn(page, 1);
      expect(await page.title()).toBe('Overview - Switchboard');
      expect(await page.locator('.nav-folder').allInnerTexts()).toEqual(
        ['Elsewhere', 'Tests', 'Switchboard', 'System'].map((name) => name.toUpperCase()),
      );
    });
  });

  test('says that a dashboard is not there, and which ones are', async () => {
    await session.visit(
      '/d/none?from=now-2h&to=now',
      async (page) => {
        await page.getByText('There is no such dashboard.').waitFor();
        await page.locator('.lost-list').getByRole('link', { name: 'Kinds' }).click();
        await page.waitForURL('**/d/test-kinds?from=now-2h&to=now');
        await drawn(page, 1);
      },
      { mayFail: true },
    );
  });

  test('says that a panel is not there, and shows the others', async () => {
    await session.visit(`${kinds}&viewPanel=99`, async (page) => {
      await drawn(page, 1);
      expect(await notice(page).innerText()).toContain('no panel 99');
    });
  });

  test('shows a chosen value that no stored point has as chosen, and says so', async () => {
    await session.visit(`${kinds}&var-peer=trunk-1&var-peer=gone`, async (page) => {
      await page.locator('.variable-unknown').waitFor();
      expect(await page.locator('.variable-unknown').innerText()).toContain('partly not in the data');
      await page.locator('.variable-button').click();
      const choice = page.locator('.variable-values label', { hasText: 'gone' });
      expect(await choice.innerText()).toContain('not in the data');
      expect(await choice.locator('input').isChecked()).toBe(true);
    });
  });

  test('says what to check while nothing is stored, and begins by itself when something is', async () => {
    session.store.stored = undefined;
    await session.visit('/d/test-kinds', async (page) => {
      await page.getByText('Nothing is stored yet.').waitFor();
      expect(await notice(page).innerText()).toContain('switchboard check --config');
      expect(await notice(page).getByRole('link', { name: 'The status page' }).getAttribute('href')).toBe('/status');
      const chart = await drawn(page, 11);
      expect(await chart.locator('.panel-message').innerText()).toContain('No data in this time range');
      await keepPicture(page, 'empty-store');
      session.store.stored = stored;
      await notice(page).waitFor({ state: 'detached' });
      await until(async () => (await panelOf(page, 11).locator('canvas').count()) === 1, 'the chart');
    });
  });

  test('says where the data is when the range holds none', async () => {
    session.store.stored = { fromMs: Date.UTC(2025, 0, 1), toMs: Date.UTC(2025, 0, 3) };
    await session.visit('/d/test-kinds?from=now-6h&to=now', async (page) => {
      await page.getByText('Nothing is stored in this time range.').waitFor();
      expect(await notice(page).innerText()).toContain('2025-01-01 00:00 to 2025-01-03 00:00');
      await page.getByRole('button', { name: 'Show what is stored' }).click();
      await page.waitForURL(`**from=${Date.UTC(2025, 0, 1)}**`);
      await notice(page).waitFor({ state: 'detached' });
    });
  });

  test('draws ten years', async () => {
    const to = Date.UTC(2026, 0, 1);
    await session.visit(`/d/test-kinds?from=${to - 3652 * dayMs}&to=${to}`, async (page) => {
      for (const id of [7, 8, 9, 10, 11]) {
        const panel = await drawn(page, id);
        expect(await panel.locator('.panel-message-error:not([hidden])').count()).toBe(0);
      }
      expect(await panelOf(page, 8).locator('.time-tick').first().innerText()).toMatch(/^20\d\d$/);
    });
  });

  test('a panel that gets no answer says why, the others are drawn, and it can be tried again', async () => {
    session.store.fault = 'the answer has more than 200000 rows: choose a shorter range or fewer series';
    await session.visit(
      kinds,
      async (page) => {
        const refused = await drawn(page, 13);
        expect(await refused.locator('.panel-message').innerText()).toContain('choose a shorter range');
        expect(await (await drawn(page, 12)).locator('canvas').count()).toBe(1);
        session.store.fault = undefined;
        await refused.getByRole('button', { name: 'Try again' }).click();
        await refused.locator('canvas').waitFor();
      },
      { mayFail: true },
    );
  });

  test('shows the shape of a panel until its first answer is there', async () => {
    await session.visit('about:blank', async (page) => {
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      await page.route('**/api/query?**panel=11&**', async (route) => {
        await held;
        await route.continue();
      });
      await page.goto(new URL(`${kinds}&viewPanel=11`, session.url).href);
      const skeleton = panelOf(page, 11).locator('.panel-skeleton');
      await skeleton.waitFor({ state: 'visible' });
      release();
      await skeleton.waitFor({ state: 'hidden' });
      await panelOf(page, 11).locator('canvas').waitFor();
    });
  });

  test('on paper there are panels and no controls, on white', async () => {
    await session.visit(
      kinds,
      async (page) => {
        for (let id = 1; id <= 17; id++) await drawn(page, id);
        await page.emulateMedia({ media: 'print' });
        await until(
          () => page.evaluate(() => getComputedStyle(document.body).backgroundColor === 'rgb(255, 255, 255)'),
          'white paper',
        );
        for (const selector of ['.top', '.nav', '.controls', '.panel-view']) {
          expect(await page.locator(selector).first().isVisible(), selector).toBe(false);
        }
        expect(await page.locator('h1').isVisible()).toBe(true);
        // Nothing is cut off by a window: the document is as long as its panels.
        const isWhole = await page.evaluate(() => {
          const last = [...document.querySelectorAll('.panel')].at(-1)!.getBoundingClientRect();
          return last.bottom + scrollY <= document.documentElement.scrollHeight;
        });
        expect(isWhole).toBe(true);
        await keepPicture(page, 'print');
        await page.emulateMedia({ media: 'screen' });
        await page.locator('.top').waitFor({ state: 'visible' });
      },
      { colorScheme: 'dark', viewport: { width: 1000, height: 3400 } },
    );
  });
});
