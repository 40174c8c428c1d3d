// What a browser is sent: small, from this server only, and nothing that a strict content policy would refuse.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { buildPage } from '../support/browser.ts';
import { temporaryFolder } from '../support/temporary.ts';

let folder = '';
const files = (ending: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(ending));
const text = (name: string): string => readFileSync(join(folder, name), 'utf8');

beforeAll(async () => {
  folder = join(temporaryFolder(), 'page');
  await buildPage(folder);
}, 120_000);

test('scripts and styles together are under 150 kB, compressed', () => {
  const sizes = ['.js', '.css'].flatMap(files).map((name) => gzipSync(readFileSync(join(folder, name))).length);
  expect(sizes.length).toBeGreaterThan(20);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(150_000);
});

test('the document holds no script, style or handler of its own, and names no other host', () => {
  const html = text('index.html');
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/i);
  for (const [, address = ''] of html.matchAll(/\s(?:src|href)="([^"]*)"/g)) expect(address).toMatch(/^\/assets\//);
});

test('everything the document and the modules name is there', () => {
  const named = [...text('index.html').matchAll(/\s(?:src|href)="\/assets\/([^"]*)"/g)].map(([, name = '']) => name);
  for (const name of files('.js')) {
    for (const [, target = ''] of text(name).matchAll(/\bfrom\s+['"](\.[^'"]+)['"]/g))
      named.push(join(name, '..', target));
  }
  expect(named.length).toBeGreaterThan(40);
  for (const name of named) expect(text(name).length, name).toBeGreaterThan(0);
});

test('no module builds markup from text, runs text, or loads from elsewhere', () => {
  for (const name of files('.js').filter((file) => !file.startsWith('vendor'))) {
    expect(text(name), name).not.toMatch(
      /\.innerHTML|\.outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/,
    );
    expect(text(name).replaceAll('http://www.w3.org/2000/svg', ''), name).not.toMatch(/['"`](?:https?:)?\/\/[a-z]/i);
  }
  for (const name of files('.css')) expect(text(name), name).not.toMatch(/@import|url\(/);
});
