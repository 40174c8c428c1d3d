// The import rules as a test: which layer may import which, where packages have their homes, what may be loaded at
// start. Reads the text of every module in src/; a failure names the edge, so it says what to move.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src');

/** How an import reaches its target: by value at load, on demand, or only for the type checker. */
type ImportKind = 'static' | 'dynamic' | 'type';

interface Import {
  readonly from: string;
  readonly target: string;
  readonly kind: ImportKind;
}

/** Layers that a layer may import besides itself; `families/*` and `outputs/*` are a layer for each folder. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  model: [],
  engine: ['model'],
  receivers: ['model'],
  demo: ['model'],
  web: ['model'],
  families: ['model', 'grafana'],
  outputs: ['model'],
  grafana: ['model'],
  alerts: ['model', 'grafana'],
  app: ['model', 'engine', 'receivers', 'demo', 'web', 'families', 'outputs', 'grafana', 'alerts'],
  cli: ['app', 'model'],
  main: ['cli'],
};

/** The layer that a package belongs to. What is missing here may not be imported at all. */
const packageHomes: Readonly<Record<string, readonly string[]>> = {
  '@duckdb/node-api': ['outputs/duckdb'],
  '@grafana/grafana-foundation-sdk': ['grafana'],
  '@influxdata/influxdb-client': ['outputs/influx'],
  commander: ['cli'],
  express: ['web'],
  'hot-shots': ['outputs/statsd'],
  pino: ['app'],
  'rabbitmq-client': ['outputs/rabbitmq'],
  uplot: ['web'],
  yaml: ['app', 'families/*'],
  zod: ['model', 'receivers', 'demo', 'web', 'families/*', 'outputs/*', 'grafana', 'alerts', 'app', 'cli'],
};

/** Packages that may not be loaded before it is known that they are needed; only the command line's own is light. */
const lightPackages = ['commander'];

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
  .map((name) => name.split(sep).join('/'))
  .toSorted();
const imports = files.flatMap((file) => importsOf(file, readFileSync(join(source, file), 'utf8')));

/** Every import of a module. Statements begin a line (prettier sees to it), so comments and texts are no danger. */
function importsOf(from: string, text: string): Import[] {
  const code = text.replace(/^\s*(?:\/\/|\/?\*).*$/gm, '');
  const found: Import[] = [];
  for (const [, keyword = '', clause = '', target = ''] of code.matchAll(
    /^(import|export)\b((?:[^;'"`=]|\n)*?)\bfrom\s+['"]([^'"]+)['"]/gm,
  )) {
    const isType = /^\s+type\b/.test(clause);
    if (keyword === 'import' || /[*}]\s*$|\*\s+as\s+\w+\s*$/.test(clause)) {
      found.push({ from, target, kind: isType ? 'type' : 'static' });
    }
  }
  for (const [, target = ''] of code.matchAll(/^import\s+['"]([^'"]+)['"]/gm)) {
    found.push({ from, target, kind: 'static' });
  }
  for (const [, before = '', target = '', after = ''] of code.matchAll(
    /(\btypeof\s+)?\bimport\(\s*['"]([^'"]+)['"]\s*\)(\.[A-Z])?/g,
  )) {
    found.push({ from, target, kind: before !== '' || after !== '' ? 'type' : 'dynamic' });
  }
  return found;
}

/** The module that a relative import means, as path below src/; undefined for packages. */
function moduleOf({ from, target }: Import): string | undefined {
  if (!target.startsWith('.')) return undefined;
  return relative(source, resolve(source, dirname(from), target))
    .split(sep)
    .join('/');
}

/** `@scope/name` or `name` of a package import; undefined for modules of ours, of Node and of the page's server. */
function packageOf({ target }: Import): string | undefined {
  if (/^(?:\.|\/|node:)/.test(target)) return undefined;
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
}

/** `families/ecs`, `outputs/influx`, `engine`, `main`. */
function layerOf(file: string): string {
  const [first = '', second = ''] = file.split('/');
  if (first === 'families' || first === 'outputs') return `${first}/${second}`;
  return first.replace(/\.ts$/, '');
}

function describeEdge({ from, target, kind }: Import): string {
  return `src/${from} imports ${target}${kind === 'type' ? ' (type)' : ''}`;
}

/** Modules reached from the given ones over imports of these kinds, each with the module that led to it. */
function reachable(starts: readonly string[], kinds: readonly ImportKind[]): Map<string, string | undefined> {
  const cameFrom = new Map<string, string | undefined>(starts.map((file) => [file, undefined]));
  // A map's iteration goes on to what is added meanwhile.
  for (const file of cameFrom.keys()) {
    for (const edge of imports.filter(({ from, kind }) => from === file && kinds.includes(kind))) {
      const target = moduleOf(edge);
      if (target !== undefined && !cameFrom.has(target)) cameFrom.set(target, file);
    }
  }
  return cameFrom;
}

function pathTo(file: string, cameFrom: ReadonlyMap<string, string | undefined>): string {
  const steps = [file];
  for (let at = cameFrom.get(file); at !== undefined; at = cameFrom.get(at)) steps.unshift(at);
  return steps.map((step) => `src/${step}`).join(' -> ');
}

describe('the reader of imports', () => {
  test.each<[string, string, ImportKind]>([
    [`import { a } from './x.ts';`, './x.ts', 'static'],
    [`import type { A } from './x.ts';`, './x.ts', 'type'],
    [`import {\n  a,\n  type B,\n} from './x.ts';`, './x.ts', 'static'],
    [`import './x.ts';`, './x.ts', 'static'],
    [`import * as x from "x";`, 'x', 'static'],
    [`export { a } from './x.ts';`, './x.ts', 'static'],
    [`export * from './x.ts';`, './x.ts', 'static'],
    [`export type { A } from './x.ts';`, './x.ts', 'type'],
    [`const x = await import('./x.ts');`, './x.ts', 'dynamic'],
    [`const x = async () => (\n  await import(\n    './x.ts'\n  )\n).x;`, './x.ts', 'dynamic'],
    [`let a: import('./x.ts').A;`, './x.ts', 'type'],
    [`let a: typeof import('./x.ts');`, './x.ts', 'type'],
  ])('sees %s', (code, target, kind) => {
    expect(importsOf('from.ts', code)).toEqual([{ from: 'from.ts', target, kind }]);
  });

  test.each([
    [`// import { a } from './x.ts';`],
    [` * import('./x.ts')`],
    [`export const text = 'taken from "x"';`],
    [`export function from(a: string) {\n  return a + 'x';\n}`],
  ])('passes over %s', (code) => {
    expect(importsOf('from.ts', code)).toEqual([]);
  });
});

describe('src/', () => {
  test('has modules to look at', () => {
    expect(files).toContain('main.ts');
    expect(imports.length).toBeGreaterThan(files.length);
  });

  test('imports only what the table of layers allows', () => {
    const forbidden = imports.filter((edge) => {
      const target = moduleOf(edge);
      if (target === undefined) return false;
      const [from, to] = [layerOf(edge.from), layerOf(target)];
      const allowed = mayImport[from.split('/')[0] ?? ''];
      if (allowed === undefined) return true;
      return from !== to && !allowed.includes(to.split('/')[0] ?? '');
    });
    expect(forbidden.map(describeEdge)).toEqual([]);
  });

  test('reaches a family or an output from outside only through its index.ts', () => {
    const inner = imports.filter((edge) => {
      const target = moduleOf(edge) ?? '';
      const isOneOfMany = /^(?:families|outputs)\/[^/]+\//.test(target);
      return isOneOfMany && layerOf(edge.from) !== layerOf(target) && basename(target) !== 'index.ts';
    });
    expect(inner.map(describeEdge)).toEqual([]);
  });

  test('uses each package only in its home', () => {
    const homeless = imports.filter((edge) => {
      const name = packageOf(edge);
      if (name === undefined) return false;
      const layer = layerOf(edge.from);
      return !packageHomes[name]?.some((home) => home === layer || home === layer.replace(/\/.*/, '/*'));
    });
    expect(homeless.map(describeEdge)).toEqual([]);
  });

  test('loads heavy packages on demand, never with the program, a family or an output', () => {
    const entries = files.filter((file) => /^(?:families|outputs)\/[^/]+\/index\.ts$/.test(file));
    // What the process entry asks for is needed at each start, by whatever kind of import.
    const first = imports.filter(({ from }) => from === 'main.ts').flatMap((edge) => moduleOf(edge) ?? []);
    const atStart = reachable(['main.ts', ...first, ...entries], ['static']);
    const heavy = imports
      .filter((edge) => edge.kind === 'static' && atStart.has(edge.from))
      .filter((edge) => !lightPackages.includes(packageOf(edge) ?? lightPackages[0] ?? ''));
    expect(heavy.map((edge) => `${pathTo(edge.from, atStart)} -> ${edge.target}`)).toEqual([]);
  });

  test('runs without development packages', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const atRunTime = reachable(['main.ts'], ['static', 'dynamic']);
    const missing = imports
      .filter((edge) => edge.kind !== 'type' && atRunTime.has(edge.from))
      .filter((edge) => {
        const name = packageOf(edge);
        return name !== undefined && !(name in manifest.dependencies);
      });
    expect(missing.map((edge) => `${pathTo(edge.from, atRunTime)} -> ${edge.target}`)).toEqual([]);
  });

  test('has no cycle of modules', () => {
    const targets = new Map<string, string[]>(files.map((file) => [file, []]));
    for (const edge of imports.filter(({ kind }) => kind !== 'type')) {
      const target = moduleOf(edge);
      if (target !== undefined) targets.get(edge.from)?.push(target);
    }
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      const start = path.indexOf(file);
      if (start >= 0) cycles.push([...path.slice(start), file].map((step) => `src/${step}`).join(' -> '));
      if (start >= 0 || done.has(file)) return;
      for (const target of targets.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
  });

  test('names what it imports, so that these rules can see it', () => {
    const unreadable = files.filter((file) => {
      const code = readFileSync(join(source, file), 'utf8').replace(/^\s*(?:\/\/|\/?\*).*$/gm, '');
      return /\bimport\(\s*[^'"\s]/.test(code) || /\brequire\(/.test(code);
    });
    expect(unreadable).toEqual([]);
  });

  test('has no file for things that belong nowhere', () => {
    expect(files.filter((file) => /^(?:utils?|helpers?|common|misc)\.ts$/.test(basename(file)))).toEqual([]);
    expect(files.filter((file) => /(?:^|\/)(?:utils?|helpers?|common|misc)\//.test(file))).toEqual([]);
  });

  test('has no barrel but the index.ts of a family or an output, which exports one object', () => {
    const barrels = files.filter((file) => {
      const code = readFileSync(join(source, file), 'utf8');
      const hasOwn = /^export\s+(?!(?:type\s+)?[*{])/m.test(code);
      if (basename(file) !== 'index.ts') return !hasOwn && /^export\b[^;]*\sfrom\s/m.test(code);
      if (!/^(?:families|outputs)\/[^/]+\/index\.ts$/.test(file)) return true;
      return [...code.matchAll(/^export\b(?!\s+(?:type|interface)\b)/gm)].length !== 1;
    });
    expect(barrels).toEqual([]);
  });

  test('says at the head of each module what it is for', () => {
    const silent = files.filter((file) => !/^(?:#!.*\n)?\/\/ \S/.test(readFileSync(join(source, file), 'utf8')));
    expect(silent).toEqual([]);
  });
});
