// `npm run build`: compiles src/ to dist/ and adds what the live page is served from. The new tree is made beside the
// old one and takes its place only when it is whole.
import { chmodSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensurePackages, requireNode, root, runTool } from './setup.mjs';

const compiler = 'typescript/bin/tsc';
const pageFolder = join('web', 'public');
const chartFiles = ['uPlot.esm.js', 'uPlot.min.css'];

/** Builds `dist/`; false when the compiler found faults. The old `dist/` is then left as it was. */
export function build() {
  const startedAt = new Date();
  const target = join(root, 'build', `dist-${process.pid}`);
  rmSync(target, { recursive: true, force: true });
  try {
    if (!runTool(compiler, ['-p', 'tsconfig.build.json', '--outDir', target])) return false;
    if (!buildPage(join(root, 'src', pageFolder), join(target, pageFolder))) return false;
    chmodSync(join(target, 'main.js'), 0o755);
    // The stamp carries the time before reading, so a source changed meanwhile counts as newer.
    writeFileSync(join(target, '.built'), `${startedAt.toISOString()}\n`);
    utimesSync(join(target, '.built'), startedAt, startedAt);
    const final = join(root, 'dist');
    rmSync(final, { recursive: true, force: true });
    renameSync(target, final);
    return true;
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

/** The page: its own TypeScript compiled for the browser, everything else copied, the chart library beside it. */
function buildPage(source, target) {
  if (!existsSync(source)) return true;
  const project = join(source, 'tsconfig.json');
  if (existsSync(project) && !runTool(compiler, ['-p', project, '--noEmit', 'false', '--outDir', target])) return false;
  const isCopied = (path) => !path.endsWith('.ts') && basename(path) !== 'tsconfig.json';
  cpSync(source, target, { recursive: true, filter: isCopied });
  const vendor = join(target, 'vendor');
  mkdirSync(vendor, { recursive: true });
  for (const name of chartFiles) cpSync(join(root, 'node_modules', 'uplot', 'dist', name), join(vendor, name));
  return true;
}

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  requireNode();
  ensurePackages();
  if (!build()) process.exitCode = 1;
}
