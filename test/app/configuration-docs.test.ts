import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { configurationJsonSchema } from '../../src/app/config-json-schema.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/configuration.md', import.meta.url)), 'utf8');

/** Names of all keys that a schema knows, at any depth. */
function keysOf(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(keysOf);
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, value]) =>
    name === 'properties'
      ? [...Object.keys(value as object), ...Object.values(value as object).flatMap(keysOf)]
      : keysOf(value),
  );
}

test('docs/configuration.md names every key of the configuration', async () => {
  const missing = [...new Set(keysOf(await configurationJsonSchema()))].filter(
    (key) => !new RegExp(`\\b${key}\\b`).test(page),
  );
  expect(missing).toEqual([]);
});
