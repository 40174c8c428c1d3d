// The generated files of the repository are those that the definitions make.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { generatedFiles, generatedFolders } from '../src/app/generated.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

test('generated files are up to date: npm run generate changes nothing', async () => {
  const stale = [...(await generatedFiles())].filter(([name, content]) => {
    const path = join(root, name);
    return !existsSync(path) || readFileSync(path, 'utf8') !== content;
  });
  expect(stale.map(([name]) => name)).toEqual([]);
});

test('no file lies among the generated ones that no definition makes', async () => {
  const files = await generatedFiles();
  const found = generatedFolders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length).split(sep).join('/')),
  );
  expect(found.filter((name) => !files.has(name))).toEqual([]);
  expect(found).not.toEqual([]);
});

test('generation gives the same bytes each time', async () => {
  expect([...(await generatedFiles())]).toEqual([...(await generatedFiles())]);
});
