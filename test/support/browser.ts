// The page compiled for a test of its own, and a real Chromium that reports everything a page may not do.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Compiles the page's modules into a folder and puts everything beside them, as the build does with dist/. */
export async function buildPage(directory: string): Promise<void> {
  const source = join(root, 'src', 'web', 'public');
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const project = join(source, 'tsconfig.json');
  try {
    await promisify(execFile)(process.execPath, [compiler, '-p', project, '--noEmit', 'false', '--outDir', directory]);
  } catch (error) {
    throw new Error(`the page does not compile:\n${(error as { stdout?: string }).stdout ?? ''}`, { cause: error });
  }
  const isCopied = (path: string): boolean => !path.endsWith('.ts') && basename(path) !== 'tsconfig.json';
  cpSync(source, directory, { recursive: true, filter: isCopied });
  mkdirSync(join(directory, 'vendor'), { recursive: true });
  for (const name of ['uPlot.esm.js', 'uPlot.min.css']) {
    cpSync(join(root, 'node_modules', 'uplot', 'dist', name), join(directory, 'vendor', name));
  }
}

/** Starts Chromium without anything that would leave this machine. */
export async function startBrowser(executablePath: string): Promise<{ browser: Browser; close(): Promise<void> }> {
  // A home of its own: CI may have none, and a desk's settings must not matter.
  const home = mkdtempSync(join(tmpdir(), 'switchboard-browser-'));
  const browser = await chromium.launch({
    executablePath,
    env: { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home },
    timeout: 60_000,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return {
    browser,
    close: async () => {
      await browser.close();
      rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    },
  };
}

/** A page and what it did wrong: console errors, exceptions, failed requests, requests to anywhere else. */
export interface WatchedPage {
  readonly page: Page;
  readonly faults: readonly string[];
  close(): Promise<void>;
}

/** Opens a new page that may only talk to `origin`. */
export async function openPage(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ timezoneId: 'UTC', locale: 'en-GB', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:'))
      faults.push(`foreign: ${request.url()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`);
  });
  return { page, faults, close: () => context.close() };
}
