// What people do on the page, as they know it from Grafana: legends, the shared line, zooming, one panel alone, keys,
// variables, events, and an address that says it all.
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostileTexts } from '../support/page-kinds.ts';
import { drawn, keepPicture, panelOf, startPageSession } from '../support/page-session.ts';
import type { PageSession } from '../support/page-session.ts';
import { requireServer } from '../support/require-server.ts';
import { until as untilWithin } from '../support/until.ts';

const executable = requireServer('chromium');
const hourMs = 3_600_000;
const kinds = '/d/test-kinds?from=now-6h&to=now&refresh=off';

/** A busy machine may take long to draw. */
const until = (condition: () => boolean | Promise<boolean>, what: string): Promise<unknown> =>
  untilWithin(condition, what, 40_000);

describe.skipIf(executable === undefined)('on the live page', () => {
  let session: PageSession;
  beforeAll(async () => {
    session = await startPageSession(executable ?? '');
  }, 120_000);
  afterAll(() => session?.close());

  const spanOf = (page: Page): number => {
    const { searchParams } = new URL(page.url());
    return Number(searchParams.get('to')) - Number(searchParams.get('from'));
  };
  const parameter = (page: Page, name: string): string | null => new URL(page.url()).searchParams.get(name);

  /** Presses the pointer at one share of an element's width and lets it go at another. */
  async function drag(page: Page, area: Locator, from: number, to: number): Promise<void> {
    await area.scrollIntoViewIfNeeded();
    const box = (await area.boundingBox())!;
    const y = box.y + Math.min(30, box.height / 2);
    await page.mouse.move(box.x + box.width * from, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * ((from + to) / 2), y, { steps: 4 });
    await page.mouse.move(box.x + box.width * to, y, { steps: 4 });
    await page.mouse.up();
  }

  test('a click in the legend shows a curve alone, Ctrl and Shift take one away or add it', async () => {
    await session.visit(kinds, async (page) => {
      const chart = await drawn(page, 10);
      const names = chart.locator('.legend-name');
      const off = (): Promise<number> => chart.locator('.legend tr.is-off').count();
      expect(await names.count()).toBe(14);
      await names.nth(2).click();
      expect(await off()).toBe(13);
      await names.nth(0).click({ modifiers: ['Control'] });
      expect(await off()).toBe(12);
      await names.nth(0).click({ modifiers: ['Shift'] });
      expect(await off()).toBe(13);
      await names.nth(2).click();
      expect(await off()).toBe(0);
      expect(await chart.locator('.legend thead th').allInnerTexts()).toEqual([
        expect.stringContaining('per'),
        'total',
        'max',
        'last',
      ]);
    });
  });

  test('the tooltip lists the greatest first, and counts what it leaves out', async () => {
    await session.visit(kinds, async (page) => {
      const chart = await drawn(page, 10);
      await chart.locator('.u-over').hover({ position: { x: 220, y: 60 } });
      const tooltip = chart.locator('.plot > .tooltip');
      await tooltip.waitFor({ state: 'visible' });
      const values = (await tooltip.locator('.tooltip-value').allInnerTexts()).map(Number);
      expect(values.length).toBeGreaterThan(5);
      expect(values.length).toBeLessThanOrEqual(12);
      expect(values).toEqual(values.toSorted((first, second) => second - first));
    });
  });

  test('a value between gaps is drawn as a point', async () => {
    await session.visit(kinds, async (page) => {
      const chart = await drawn(page, 11);
      await chart.getByRole('button', { name: 'alone', exact: true }).click();
      const colour = await chart
        .locator('.legend tr:not(.is-off) .swatch')
        .evaluate((swatch) => getComputedStyle(swatch).color.match(/\d+/g)!.map(Number));
      const points = (): Promise<number> =>
        chart.locator('canvas').evaluate((canvas, [red = 0, green = 0, blue = 0]) => {
          const { width, height } = canvas as HTMLCanvasElement;
          // A copy is read: reading the chart's own canvas would slow it down, of which the browser warns.
          const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
          copy.drawImage(canvas as HTMLCanvasElement, 0, 0);
          const { data } = copy.getImageData(0, 0, width, height);
          let count = 0;
          for (let index = 0; index < data.length; index += 4) {
            const distance =
              Math.abs(data[index]! - red) + Math.abs(data[index + 1]! - green) + Math.abs(data[index + 2]! - blue);
            if (data[index + 3] === 255 && distance < 12) count++;
          }
          return count;
        }, colour);
      await until(async () => (await points()) > 6, 'the point of the lonely value');
      expect(await points()).toBeLessThan(100);
    });
  });

  test('the line under the pointer is drawn in all panels that show time', async () => {
    await session.visit(
      kinds,
      async (page) => {
        for (const id of [7, 8, 10, 11]) await drawn(page, id);
        await panelOf(page, 10)
          .locator('.u-over')
          .hover({ position: { x: 200, y: 60 } });
        for (const id of [7, 8]) await panelOf(page, id).locator('.time-line').waitFor({ state: 'visible' });
        expect(await panelOf(page, 8).locator('.lanes-host > .tooltip').isVisible()).toBe(false);
        const place = (): Promise<number> =>
          panelOf(page, 11)
            .locator('.u-cursor-x')
            .evaluate((line) => new DOMMatrix(getComputedStyle(line).transform).m41);
        expect(await place()).toBeGreaterThan(0);
        await panelOf(page, 8)
          .locator('.lane-track')
          .first()
          .hover({ position: { x: 500, y: 10 } });
        const width = await panelOf(page, 8)
          .locator('.lane-track')
          .first()
          .evaluate((track) => track.clientWidth);
        const over = await panelOf(page, 11)
          .locator('.u-over')
          .evaluate((area) => area.clientWidth);
        await until(async () => Math.abs((await place()) / over - 500 / width) < 0.03, 'the line at the same time');
        expect(await panelOf(page, 11).locator('.plot > .tooltip').isVisible()).toBe(false);
      },
      { viewport: { width: 1400, height: 2000 } },
    );
  });

  test.each([
    ['curves', 11, '.u-over'],
    ['lanes', 8, '.lanes-area'],
    ['a heat map', 7, '.heat-area'],
  ])('dragging over %s zooms in, a double click zooms out, and back leads back', async (_, id, area) => {
    await session.visit(kinds, async (page) => {
      const panel = await drawn(page, id);
      await drag(page, panel.locator(area), 0.25, 0.5);
      await page.waitForURL(/from=\d+&to=\d+/);
      const zoomed = spanOf(page);
      expect(zoomed / hourMs).toBeGreaterThan(1.3);
      expect(zoomed / hourMs).toBeLessThan(1.7);
      await drawn(page, id);
      await panel.locator(area).dblclick({ position: { x: 60, y: 20 }, force: true });
      await until(() => spanOf(page) > zoomed * 1.9, 'the range twice as long');
      await page.goBack();
      await until(() => spanOf(page) === zoomed, 'the range before');
      await page.goBack();
      await until(() => parameter(page, 'from') === 'now-6h', 'the range of the beginning');
    });
  });

  test('one panel fills the page by its button, key and address, and Escape or back bring the others back', async () => {
    await session.visit(kinds, async (page) => {
      await drawn(page, 10);
      await panelOf(page, 10).locator('.panel-title').hover();
      await panelOf(page, 10).getByRole('button', { name: 'View alone: Many parts' }).click();
      await page.waitForURL('**viewPanel=10**');
      await until(async () => (await panelOf(page, 10).boundingBox())!.height > 600, 'the panel as high as the page');
      expect(await panelOf(page, 8).isVisible()).toBe(false);
      await drawn(page, 10);
      await keepPicture(page, 'panel-alone');
      await page.keyboard.press('Escape');
      await until(() => parameter(page, 'viewPanel') === null, 'the address without the panel');
      await panelOf(page, 8).waitFor({ state: 'visible' });
      await panelOf(page, 11).locator('.panel-title').hover();
      await page.keyboard.press('v');
      await page.waitForURL('**viewPanel=11**');
      await page.reload();
      await drawn(page, 11);
      expect(await panelOf(page, 10).isVisible()).toBe(false);
      await page.goBack();
      await panelOf(page, 10).waitFor({ state: 'visible' });
    });
  });

  test('keys act as in Grafana and are listed under the question mark', async () => {
    await session.visit(kinds, async (page) => {
      await drawn(page, 1);
      await page.keyboard.press('?');
      const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
      await help.waitFor();
      for (const text of ['Zoom out', 'View the panel alone', 'Find a dashboard']) {
        expect(await help.innerText()).toContain(text);
      }
      await keepPicture(page, 'shortcuts');
      await page.keyboard.press('Escape');
      await help.waitFor({ state: 'detached' });
      await page.keyboard.press('t');
      await page.keyboard.press('z');
      await until(() => Math.round(spanOf(page) / hourMs) === 12, 'twelve hours');
      const end = Number(parameter(page, 'to'));
      await page.keyboard.press('t');
      await page.keyboard.press('ArrowLeft');
      await until(() => Math.round((end - Number(parameter(page, 'to'))) / hourMs) === 6, 'six hours earlier');
      const before = session.store.asked.length;
      await page.keyboard.press('d');
      await page.keyboard.press('r');
      await until(() => session.store.asked.length > before, 'questions asked again');
      await page.keyboard.press('g');
      await page.keyboard.press('s');
      await page.waitForURL('**/status');
      await page.goBack();
      await drawn(page, 1);
      // Letters that are typed are letters.
      await page.locator('.variable-button').click();
      await page.keyboard.type('gs?');
      expect(new URL(page.url()).pathname).toBe('/d/test-kinds');
      expect(await page.getByLabel('Search Peer').inputValue()).toBe('gs?');
    });
  });

  test('a dashboard is found by typing, and keeps range and choices', async () => {
    await session.visit(`${kinds}&var-peer=trunk-2`, async (page) => {
      await drawn(page, 1);
      await page.keyboard.press('/');
      const finder = page.getByRole('dialog', { name: 'Find a dashboard' });
      expect(await finder.locator('.nav-folder').allInnerTexts()).toHaveLength(3);
      await page.keyboard.type('elsewhere');
      expect(await finder.getByRole('option').allInnerTexts()).toEqual([expect.stringContaining('Other')]);
      await page.keyboard.press('Enter');
      await page.waitForURL('**/d/test-other?**');
      expect([parameter(page, 'from'), parameter(page, 'var-peer')]).toEqual(['now-6h', 'trunk-2']);
      await page.keyboard.press('Control+k');
      await finder.waitFor();
      await page.keyboard.press('ArrowDown');
      expect(await finder.locator('[aria-selected="true"]').innerText()).toContain('Kinds');
      await page.keyboard.press('Escape');
      await finder.waitFor({ state: 'detached' });
    });
  });

  test('a variable is chosen with the keyboard alone', async () => {
    await session.visit(kinds, async (page) => {
      await drawn(page, 4);
      await page.locator('.variable-button').focus();
      await page.keyboard.press('Enter');
      await page.getByLabel('trunk-10', { exact: true }).waitFor();
      await page.keyboard.type('trunk-1');
      expect(await page.locator('.variable-values label:visible').count()).toBe(3);
      // Past All and the first match to the second.
      for (let step = 0; step < 3; step++) await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Space');
      await page.keyboard.press('Enter');
      await page.waitForURL('**var-peer=trunk-10**');
      expect(await page.locator('.variable-value').innerText()).toBe('trunk-10');
      await page.goBack();
      await until(async () => (await page.locator('.variable-value').innerText()) === 'All', 'all values again');
    });
  });

  test('any last so many hours can be chosen, and how often is asked', async () => {
    await session.visit('/d/test-kinds?from=now-6h&to=now', async (page) => {
      await drawn(page, 1);
      await page.locator('.range-button').click();
      await page.getByLabel('Number', { exact: true }).fill('90');
      await page.getByLabel('Unit', { exact: true }).selectOption('minutes');
      await page.getByRole('button', { name: 'Show', exact: true }).click();
      await page.waitForURL('**from=now-90m**');
      expect(await page.locator('.range-button').innerText()).toContain('Last 90 minutes');
      const refresh = page.getByLabel('Refresh every');
      expect(await refresh.locator('option').allInnerTexts()).toEqual(['Off', '5 s', '15 s', '30 s', '1 min', '5 min']);
      await refresh.selectOption('30 s');
      await page.waitForURL('**refresh=30s**');
    });
  });

  test('events are drawn over charts with their words, and each kind can be switched off', async () => {
    await session.visit(kinds, async (page) => {
      const chart = await drawn(page, 11);
      const flags = chart.locator('.annotation');
      await flags.first().waitFor();
      expect(await flags.locator('.annotation-flag').allInnerTexts()).toEqual(['A', 'A', 'R']);
      await flags.nth(1).locator('.annotation-flag').hover();
      const tooltip = chart.locator('.annotations .tooltip');
      await tooltip.waitFor({ state: 'visible' });
      expect(await tooltip.innerText()).toMatch(
        /Alerts[\s\S]*Trunk 9 is down[\s\S]*severity[\s\S]*critical[\s\S]*trunk-9/,
      );
      await keepPicture(page, 'annotation');
      expect(await flags.nth(0).getAttribute('aria-label')).toContain(hostileTexts.markup);
      const alerts = page.getByRole('switch', { name: /^Alerts/ });
      expect(await alerts.getAttribute('aria-checked')).toBe('true');
      await alerts.click();
      await page.waitForURL('**hide=alerts**');
      await until(async () => (await flags.count()) === 1, 'one kind of events');
      await page.reload();
      await drawn(page, 11);
      await flags.first().waitFor();
      expect(await flags.locator('.annotation-flag').allInnerTexts()).toEqual(['R']);
      expect(await page.getByRole('switch', { name: /^Alerts/ }).getAttribute('aria-checked')).toBe('false');
      expect(await panelOf(page, 8).locator('.annotation').count()).toBe(1);
    });
  });
});
