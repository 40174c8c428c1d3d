// Every kind of panel in a real Chromium over answers that are known: the texts it must show, and that texts of
// strangers stay texts.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostileTexts } from '../support/page-kinds.ts';
import { drawn, keepPicture, panelOf, startPageSession } from '../support/page-session.ts';
import type { PageSession } from '../support/page-session.ts';
import { requireServer } from '../support/require-server.ts';

const executable = requireServer('chromium');
const kinds = '/d/test-kinds?from=now-6h&to=now&refresh=off';

describe.skipIf(executable === undefined)('panels of the live page', () => {
  let session: PageSession;
  beforeAll(async () => {
    session = await startPageSession(executable ?? '');
  }, 120_000);
  afterAll(() => session?.close());

  const texts = async (page: Page, id: number, selector: string): Promise<readonly string[]> =>
    (await panelOf(page, id).locator(selector).allInnerTexts()).map((text) => text.replaceAll('\u00a0', ' ').trim());

  test('a number, gauges and bars with their units, marks and links', async () => {
    await session.visit(kinds, async (page) => {
      const stat = await drawn(page, 1);
      expect((await stat.locator('.stat-value').innerText()).replaceAll('\u00a0', ' ')).toMatch(/^▲\s*15.2\s*K/);
      const gauge = await drawn(page, 2);
      expect(await gauge.locator('.gauge-text').textContent()).toBe('✓ 87.3%');
      expect(await gauge.locator('.gauge-step').count()).toBe(3);
      expect(await gauge.locator('.gauge-words').textContent()).toBe('87.3% (good) of 100%');
      const empty = await drawn(page, 3);
      expect(await empty.locator('.gauge-text').textContent()).toBe('never measured');
      await drawn(page, 4);
      expect(await texts(page, 4, '.bar-value')).toEqual(['5 MiB', '1.50 KiB']);
      await panelOf(page, 4).getByRole('link', { name: 'trunk-1' }).click();
      await page.waitForURL('**var-peer=trunk-1**');
      expect(session.store.asked.some(({ variables }) => variables['peer']?.[0] === 'trunk-1')).toBe(true);
      await panelOf(page, 1).getByRole('link').click();
      await page.waitForURL('**/d/test-other?**');
      const { searchParams } = new URL(page.url());
      expect([searchParams.get('from'), searchParams.get('var-peer')]).toEqual(['now-6h', 'trunk-1']);
      await page.waitForFunction(() => document.title === 'Other - Switchboard');
    });
  });

  test('bars over hours and weekdays stand in the order of the calendar', async () => {
    await session.visit(kinds, async (page) => {
      const byHour = await drawn(page, 5);
      const items = await byHour.locator('ul.unseen li').allTextContents();
      expect(items).toHaveLength(24);
      expect(items[0]).toMatch(/^00: \d+$/);
      expect(items.at(-1)).toBe('23: 0');
      expect(await byHour.locator('rect.column').count()).toBe(24);
      const byDay = await drawn(page, 6);
      expect((await byDay.locator('svg .axis-text').allTextContents()).filter((text) => /[a-z]/i.test(text))).toEqual([
        'Mon',
        'Tue',
        'Wed',
        'Thu',
        'Fri',
        'Sat',
        'Sun',
      ]);
      expect(await texts(page, 6, '.state-legend li')).toEqual(['raised', 'resolved']);
      await byDay.locator('.barchart').hover({ position: { x: 120, y: 100 } });
      expect(await byDay.locator('.tooltip').innerText()).toMatch(
        /^(Mon|Tue|Wed)[\s\S]*raised[\s\S]*\d[\s\S]*resolved/,
      );
    });
  });

  test('a heat map paints its cells, has a scale, and tells the cell at the pointer', async () => {
    await session.visit(kinds, async (page) => {
      const map = await drawn(page, 7);
      const painted = await map.locator('canvas').evaluate((canvas) => {
        const { width, height } = canvas as HTMLCanvasElement;
        const { data } = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height);
        let count = 0;
        for (let index = 3; index < data.length; index += 4) if ((data[index] ?? 0) > 0) count++;
        return count / (width * height);
      });
      expect(painted).toBeGreaterThan(0.2);
      expect(await map.locator('.heat-legend').innerText()).toMatch(/^0[\s\S]*\d+[\s\S]*per 10\smin/);
      expect(await map.locator('canvas').getAttribute('aria-label')).toMatch(/Totals: 0\.1: .*\+Inf/);
      const box = (await map.locator('.heat').boundingBox())!;
      await page.mouse.move(box.x + box.width / 2, box.y + box.height - 30);
      expect(await map.locator('.tooltip').innerText()).toMatch(/\d\d:\d\d[\s\S]*0\.1/);
    });
  });

  test('lanes show merged states with their texts, gaps as gaps, and the stretch at the pointer', async () => {
    await session.visit(kinds, async (page) => {
      const lanes = await drawn(page, 8);
      expect(await lanes.locator('.lane-name').allInnerTexts()).toEqual([
        'trunk-1',
        'trunk-2',
        'trunk-3',
        hostileTexts.markup,
      ]);
      const of = (lane: number): Promise<string[]> =>
        lanes.locator('.lane').nth(lane).locator('.stretch-text').allInnerTexts();
      expect(await of(0)).toEqual(['Up', 'Down', 'Up']);
      expect(await of(1)).toEqual(['Suspect', 'Up']);
      expect(await texts(page, 8, '.state-legend li:not(.hint)')).toEqual(['Up', 'Suspect', 'Down', '3']);
      await lanes.locator('.lane').nth(0).locator('.stretch').nth(1).hover();
      const tooltip = await lanes.locator('.lanes-host > .tooltip').innerText();
      expect(tooltip).toMatch(/trunk-1[\s\S]*✖ Down \(critical\)[\s\S]*From[\s\S]*To[\s\S]*Duration[\s\S]*1\sh/);
      // Shapes, not only colours: the critical stretch has stripes.
      const picture = await lanes
        .locator('.stretch.tone-critical')
        .first()
        .evaluate((stretch) => getComputedStyle(stretch).backgroundImage);
      expect(picture).toContain('gradient');
      const history = await drawn(page, 9);
      expect(await history.locator('.lane').nth(0).locator('.stretch').count()).toBeGreaterThan(10);
      expect(await texts(page, 9, '.state-legend li:not(.hint)')).toEqual(['Passed', 'Failed']);
    });
  });

  test('what lanes and a heat map show can be read as a table', async () => {
    await session.visit(kinds, async (page) => {
      for (const [id, title, head, cell] of [
        [8, 'Reachability', 'trunk-2', /^(Up|Suspect|–)$/],
        [7, 'Set-up time', '2.5', /^\d+$/],
      ] as const) {
        const panel = await drawn(page, id);
        await panel.hover();
        await panel.getByRole('button', { name: `Show as a table: ${title}` }).click();
        const heads = await texts(page, id, '.table thead th');
        const column = heads.indexOf(head);
        expect(column).toBeGreaterThan(0);
        const cells = await texts(page, id, `.table tbody td:nth-child(${column + 1})`);
        expect(cells.length).toBeGreaterThan(20);
        for (const text of cells) expect(text).toMatch(cell);
        await panel.getByRole('button', { name: `Show as a table: ${title}` }).click();
        await panel.locator('.lanes, .heat').waitFor({ state: 'visible' });
      }
    });
  });

  test('a table of points has its units, texts and tones by column', async () => {
    await session.visit(kinds, async (page) => {
      const table = await drawn(page, 14);
      expect(await texts(page, 14, 'thead th')).toEqual(['When ↓', 'Severity', 'peer', 'Summary', 'Duration', 'State']);
      const first = await texts(page, 14, 'tbody tr:first-child > *');
      expect(first[0]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
      expect(first.slice(1)).toEqual([
        expect.stringMatching(/✖ critical/),
        'trunk-9',
        'Trunk 9 is down',
        '2 hours, 1 minute',
        expect.stringMatching(/✖ Firing/),
      ]);
      const second = await texts(page, 14, 'tbody tr:nth-child(2) > *');
      expect(second.slice(2, 5)).toEqual(['trunk-10', hostileTexts.markup, 'open']);
      expect(await table.locator('tbody th.tone-critical').count()).toBe(2);
    });
  });

  test('a table is sorted by click and by key, and says so', async () => {
    await session.visit(kinds, async (page) => {
      const table = await drawn(page, 15);
      const peers = (): Promise<readonly string[]> => texts(page, 15, 'tbody th > a');
      expect(await texts(page, 15, 'tbody tr:first-child > td')).toEqual([
        '1.50 GiB',
        expect.stringMatching(/✖ 97.0%/),
        'a few seconds ago',
      ]);
      expect(await texts(page, 15, 'tbody tr:nth-child(2) > td:nth-child(2)')).toEqual(['–']);
      expect(await peers()).toEqual(['trunk-10', 'trunk-1', 'trunk-2']);
      expect(await table.locator('th[aria-sort="descending"]').innerText()).toContain('Share');
      await table.getByRole('button', { name: 'Peer', exact: true }).click();
      expect(await peers()).toEqual(['trunk-1', 'trunk-2', 'trunk-10']);
      expect(await table.locator('th[aria-sort="ascending"]').innerText()).toContain('Peer');
      await table.getByRole('button', { name: 'Used', exact: true }).focus();
      await page.keyboard.press('Enter');
      expect(await peers()).toEqual(['trunk-10', 'trunk-2', 'trunk-1']);
      await page.keyboard.press('Enter');
      expect(await peers()).toEqual(['trunk-2', 'trunk-10', 'trunk-1']);
      expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('Used');
      await table.getByRole('link', { name: 'trunk-2' }).click();
      await page.waitForURL('**var-peer=trunk-2**');
    });
  });

  test('words are elements of their own, and only safe links can be followed', async () => {
    await session.visit(kinds, async (page) => {
      const panel = await drawn(page, 16);
      expect(await panel.locator('strong').allInnerTexts()).toEqual(['red']);
      expect(await panel.locator('code').allInnerTexts()).toEqual(['Down']);
      expect(await panel.locator('ul li').allInnerTexts()).toEqual(['one', 'two <b>bold</b>']);
      expect(await panel.locator('ol li').allInnerTexts()).toEqual(['first', 'second']);
      const links = await panel
        .locator('a')
        .evaluateAll((all) => all.map((link) => [link.getAttribute('href'), link.getAttribute('rel')]));
      expect(links).toEqual([
        ['/d/test-other', null],
        ['https://example.org/manual', 'noopener noreferrer'],
      ]);
      expect(await panel.innerText()).toContain('[this](javascript:alert(1))');
    });
  });

  test('alerts are listed with what is worst first, and lead to their panel', async () => {
    await session.visit(kinds, async (page) => {
      const list = await drawn(page, 17);
      expect(await list.locator('.alert-title').allInnerTexts()).toEqual(['Trunk down', 'Disk', 'Slow set-up']);
      const first = await list.locator('.alert').first().innerText();
      for (const part of [
        'Firing',
        'critical',
        '5 minutes ago',
        'Trunk 9 does not answer',
        'value 3.44',
        'peer=trunk-9',
      ])
        expect(first).toContain(part);
      expect(await list.locator('.alert').nth(1).innerText()).toContain('silenced until');
      expect(await list.innerText()).toContain('1 normal');
      await list.getByRole('link', { name: 'Trunk down' }).click();
      await page.waitForURL('**viewPanel=8**');
      expect(await panelOf(page, 8).isVisible()).toBe(true);
      expect(await panelOf(page, 17).isVisible()).toBe(false);
    });
  });

  test('where no alert rules are evaluated the list says so', async () => {
    await session.visit(
      kinds,
      async (page) => {
        const list = await drawn(page, 17);
        expect(await list.innerText()).toContain('Alert rules are not evaluated here');
      },
      { hasAlerts: false, mayFail: true },
    );
  });

  test('texts of strangers stay texts, and those that turn the direction of writing are shown as marks', async () => {
    await session.visit(kinds, async (page) => {
      const chart = await drawn(page, 12);
      const names = await chart.locator('.legend-name span:last-child').allInnerTexts();
      expect(names.toSorted()).toEqual(
        [hostileTexts.markup, hostileTexts.long, '\ufffdgnp.exe\ufffd \ufffd\ufffd'].toSorted(),
      );
      await drawn(page, 14);
      await drawn(page, 17);
      expect(await page.locator('img:not([src="/assets/icon.svg"]), main script').count()).toBe(0);
      const overflow = await page.evaluate(() => {
        const main = document.querySelector('main')!;
        return main.scrollWidth - main.clientWidth;
      });
      expect(overflow).toBeLessThanOrEqual(0);
    });
  });

  test.each(['dark', 'light'] as const)('all of it in the %s theme', async (colorScheme) => {
    await session.visit(
      kinds,
      async (page) => {
        for (let id = 1; id <= 17; id++) await drawn(page, id);
        expect(await page.locator('.panel-message-error:not([hidden])').count()).toBe(0);
        await page.locator('main').evaluate((main) => main.scrollTo(0, 0));
        await keepPicture(page, `kinds-${colorScheme}`);
      },
      { colorScheme, viewport: { width: 1500, height: 2500 } },
    );
  });

  test('on a phone every panel has the width of the screen', async () => {
    const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
    await session.visit(
      kinds,
      async (page) => {
        for (let id = 1; id <= 17; id++) {
          const box = (await (await drawn(page, id)).boundingBox())!;
          expect(box.x).toBeGreaterThanOrEqual(0);
          expect(box.x + box.width).toBeLessThanOrEqual(390);
        }
        expect(await page.evaluate(() => document.querySelector('main')!.scrollWidth)).toBeLessThanOrEqual(390);
        await keepPicture(page, 'kinds-phone');
      },
      phone,
    );
  });
});
