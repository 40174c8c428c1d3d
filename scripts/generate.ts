// `npm run generate`: writes every generated file and removes from their folders what no definition makes any more.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedFiles, generatedFolders } from '../src/app/generated.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = await generatedFiles();

for (const folder of generatedFolders.filter((name) => existsSync(join(root, name)))) {
  for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(root.length).split(sep).join('/');
    if (!entry.isFile() || files.has(name)) continue;
    rmSync(path);
    console.log(`removed ${name}`);
  }
}
for (const [name, content] of files) {
  const path = join(root, name);
  if (existsSync(path) && readFileSync(path, 'utf8') === content) continue;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  console.log(`wrote ${name}`);
}
