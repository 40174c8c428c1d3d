// The live page over given answers in a real Chromium: one server and one browser for a file of tests.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { systemClock } from '../../src/model/clock.ts';
import { silentLog } from '../../src/model/log.ts';
import { startWeb } from '../../src/web/server.ts';
import { buildPage, openPage, startBrowser } from './browser.ts';
import { sampleStatus } from './page-data.ts';
import {
  GivenAnswers,
  alertsAt,
  kindsDashboard,
  otherDashboard,
  overviewDashboard,
  testAnnotations,
} from './page-kinds.ts';
import { temporaryFolder } from './temporary.ts';

const pictures = fileURLToPath(new URL('../../build/screenshots', import.meta.url));

/** How a page is opened. */
export interface Visit extends BrowserContextOptions {
  /** False: the server evaluates no alert rules. */
  readonly hasAlerts?: boolean;
  /** True: what the page reports as faults is part of the test. */
  readonly mayFail?: boolean;
}

/** A server with given answers, and a browser. */
export interface PageSession {
  readonly url: string;
  readonly store: GivenAnswers;
  /** Opens a page, looks at it, and fails on console errors, failed and foreign requests. */
  visit(path: string, look: (page: Page) => Promise<void>, options?: Visit): Promise<void>;
  close(): Promise<void>;
}

/** Starts both. */
export async function startPageSession(executable: string): Promise<PageSession> {
  const publicDirectory = join(temporaryFolder(), 'page');
  await buildPage(publicDirectory);
  const store = new GivenAnswers();
  store.stored = { fromMs: Date.now() - 40 * 86_400_000, toMs: Date.now() };
  const web = await startWeb({
    host: '127.0.0.1',
    port: 0,
    queries: store,
    dashboards: [otherDashboard, kindsDashboard, overviewDashboard],
    annotations: testAnnotations,
    status: () => sampleStatus(Date.now()),
    clock: systemClock,
    log: silentLog,
    publicDirectory,
  });
  const chromium = await startBrowser(executable);
  return {
    url: web.url,
    store,
    async visit(path, look, { hasAlerts = true, mayFail = false, ...options } = {}) {
      const watched = await openPage(chromium.browser, web.url, { viewport: { width: 1400, height: 900 }, ...options });
      const { page } = watched;
      try {
        if (hasAlerts) await page.route('**/api/alerts', (route) => route.fulfill({ json: alertsAt(Date.now()) }));
        await page.goto(new URL(path, web.url).href);
        await look(page);
        if (!mayFail) expect(watched.faults).toEqual([]);
        expect(await page.title()).not.toBe('owned');
        expect(watched.faults.filter((fault) => fault.startsWith('foreign'))).toEqual([]);
      } finally {
        await watched.close();
      }
    },
    async close() {
      await chromium.close();
      await web.close();
    },
  };
}

/** A panel on the page. */
export const panelOf = (page: Page, id: number): Locator => page.locator(`[data-panel="${id}"]`);

/** The panel once it is in view and has drawn its answers, or the words that stand for them. */
export async function drawn(page: Page, id: number): Promise<Locator> {
  const panel = panelOf(page, id);
  await panel.scrollIntoViewIfNeeded();
  await page.waitForFunction((number) => {
    const root = document.querySelector(`[data-panel="${number}"]`);
    const isWaiting = root?.getAttribute('aria-busy') !== 'false' || root.classList.contains('is-new');
    const hasContent = root?.querySelector('.panel-body:not([hidden]) > *, .panel-message:not([hidden])');
    return !isWaiting && hasContent;
  }, id);
  return panel;
}

/** Keeps a picture of the page for people to look at. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}
