// Validates a configuration that was read: our own keys, then the options of each output and family with their own
// schemas, then what only the whole can tell (names used twice, references). Gives every fault, not just the first.
import { resolve } from 'node:path';
import { toJSONSchema } from 'zod';
import type { core, ZodType } from 'zod';
import { listenSecrets } from '../alerts/options.ts';
import { messageOf, UsageError } from '../model/errors.ts';
import type { Family } from '../model/family.ts';
import type { OutputKind } from '../model/output.ts';
import type { SchemaNode } from './config-allowed.ts';
import type { Catalogue } from './catalogue.ts';
import { faultsOf, unknownName } from './config-faults.ts';
import { defaultZone, fileSchema } from './config-schema.ts';
import type { FileValues, SourceValues } from './config-schema.ts';
import { pathText, setValue, valueAt } from './config-text.ts';
import type { ConfigPath, ConfigTree, Fault } from './config-text.ts';
import type { OutputConfiguration } from './configuration.ts';
import type { Secrets } from './secrets.ts';

/** What validation works on. */
export interface Draft {
  readonly tree: ConfigTree;
  /** What relative paths count from. */
  readonly directory: string;
  readonly root: Record<string, unknown>;
  /** Texts that came from ${...}, by path: taken as numbers where numbers are wanted. */
  readonly substituted: ReadonlyMap<string, string>;
  /** Paths whose values must not be shown. */
  readonly secretPlaces: Set<string>;
  readonly secrets: Secrets;
  readonly catalogue: Catalogue;
}

/** A source with its family's checked options. */
export interface ValidatedSource {
  readonly source: SourceValues;
  readonly family: Family;
  readonly options: unknown;
  readonly name: string;
  readonly timezone: string;
}

/** A configuration without faults. */
export interface Validated {
  readonly values: FileValues;
  readonly outputs: readonly OutputConfiguration[];
  readonly sources: readonly ValidatedSource[];
}

/** Validates everything; either the values or every fault. */
export async function validate(draft: Draft): Promise<Validated | { readonly faults: readonly Fault[] }> {
  fillEmptyGroups(draft.root);
  await markSecrets(draft);
  const faults: Fault[] = [];
  const names = draft.catalogue.families.map(({ name }) => name);
  const needsSources = draft.root['listen'] === undefined || draft.root['sources'] !== undefined;
  const schema = fileSchema([names[0] ?? '', ...names.slice(1)], needsSources);
  const values = check(schema, draft.root, [], draft, faults);
  // Parts are checked even when the whole has faults, so that one look shows them all.
  const outputs = await checkOutputs(draft, faults);
  const sources = await checkSources(draft, values, faults);
  if (values) checkWhole(draft, values, sources, faults);
  return values && faults.length === 0 ? { values, outputs, sources } : { faults };
}

/** `stdout:` with nothing behind it is a group without keys. */
function fillEmptyGroups(root: Record<string, unknown>): void {
  for (const key of ['web', 'log', 'deadLetters', 'outputs', 'alerts']) if (root[key] === null) root[key] = {};
  for (const key of keysOf(root['outputs']))
    if (valueAt(root, ['outputs', key]) === null) setValue(root, ['outputs', key], {});
  if (!Array.isArray(root['sources'])) return;
  for (const index of root['sources'].keys()) {
    if (valueAt(root, ['sources', index, 'options']) === null) setValue(root, ['sources', index, 'options'], {});
  }
}

function keysOf(value: unknown): string[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
}

/** Remembers the values of secret keys, before any message can show them. */
async function markSecrets({ root, catalogue, secretPlaces, secrets }: Draft): Promise<void> {
  const mark = (path: ConfigPath): void => {
    const value = valueAt(root, path);
    if (value === undefined) return;
    secretPlaces.add(JSON.stringify(path));
    if (typeof value === 'string') secrets.add(value);
  };
  mark(['web', 'token']);
  for (const path of listenSecrets.own) mark(['listen', ...path]);
  for (const section of ['listen', 'alerts']) {
    const forward = valueAt(root, [section, 'forward']);
    for (const index of Array.isArray(forward) ? forward.keys() : []) {
      for (const key of listenSecrets.forward) mark([section, 'forward', index, key]);
    }
  }
  for (const name of keysOf(root['outputs'])) {
    const type = valueAt(root, ['outputs', name, 'type']) ?? name;
    const kind = catalogue.outputs.find((output) => output.name === type);
    for (const option of kind?.secretOptions ?? []) mark(['outputs', name, option]);
  }
}

/** Checks one part of the file with a schema; texts from ${...} become numbers or booleans where these are wanted. */
function check<T>(schema: ZodType<T>, value: unknown, base: ConfigPath, draft: Draft, faults: Fault[]): T | undefined {
  let result = schema.safeParse(value);
  if (!result.success && convertSubstituted(result.error.issues, value, base, draft)) result = schema.safeParse(value);
  if (result.success) return result.data;
  const json = toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as unknown as SchemaNode;
  const isSecret = (path: ConfigPath): boolean => draft.secretPlaces.has(JSON.stringify(path));
  faults.push(...faultsOf(result.error.issues, { tree: draft.tree, base, schema: json, value, isSecret }));
  return undefined;
}

function convertSubstituted(
  issues: readonly core.$ZodIssue[],
  value: unknown,
  base: ConfigPath,
  draft: Draft,
): boolean {
  let isConverted = false;
  for (const issue of issues) {
    if (issue.code === 'invalid_union') {
      for (const branch of issue.errors) {
        const nested = branch.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
        if (convertSubstituted(nested, value, base, draft)) isConverted = true;
      }
    }
    if (issue.code !== 'invalid_type') continue;
    const path = issue.path.filter((part) => typeof part !== 'symbol');
    const text = draft.substituted.get(JSON.stringify([...base, ...path]));
    if (text === undefined || valueAt(value, path) !== text) continue;
    const isNumber = (issue.expected === 'number' || issue.expected === 'int') && /^-?\d+(\.\d+)?$/.test(text);
    const isBoolean = issue.expected === 'boolean' && /^(true|false)$/.test(text);
    if (!isNumber && !isBoolean) continue;
    setValue(value, path, isNumber ? Number(text) : text === 'true');
    isConverted = true;
  }
  return isConverted;
}

async function checkOutputs(draft: Draft, faults: Fault[]): Promise<OutputConfiguration[]> {
  const { root, catalogue, tree } = draft;
  const kinds = catalogue.outputs.map(({ name }) => name);
  const checked: OutputConfiguration[] = [];
  for (const name of keysOf(root['outputs'])) {
    const path = ['outputs', name];
    const given = valueAt(root, path);
    if (typeof given !== 'object' || given === null || Array.isArray(given)) continue;
    const { type = name, ...rest } = given as Record<string, unknown>;
    const kind = catalogue.outputs.find((output) => output.name === type);
    if (kind) {
      const options = await checkOptions(kind, rest, path, draft, faults);
      checked.push({ name, kind, options, fingerprint: JSON.stringify([name, kind.name, rest]) });
    } else if (typeof type === 'string') {
      const place = Object.hasOwn(given, 'type') ? [...path, 'type'] : path;
      const remedy = place === path ? '; or say which it is with the key type' : '';
      const fault = unknownName(tree, place, 'kind of output', type, kinds);
      faults.push({ ...fault, message: fault.message.replace('declared are', 'known are') + remedy });
    }
  }
  return checked;
}

async function checkOptions(
  owner: OutputKind | Family,
  value: unknown,
  path: ConfigPath,
  draft: Draft,
  faults: Fault[],
): Promise<unknown> {
  for (const name of owner.pathOptions ?? []) {
    const given = valueAt(value, [name]);
    if (typeof given === 'string' && given !== '') setValue(value, [name], resolve(draft.directory, given));
  }
  return check(await owner.options(), value, path, draft, faults);
}

async function checkSources(draft: Draft, values: FileValues | undefined, faults: Fault[]): Promise<ValidatedSource[]> {
  const { root, catalogue, tree } = draft;
  const checked: ValidatedSource[] = [];
  const given = Array.isArray(root['sources']) ? root['sources'] : [];
  for (const index of given.keys()) {
    const familyName = valueAt(root, ['sources', index, 'family']);
    const family = catalogue.families.find(({ name }) => name === familyName);
    if (!family) continue;
    const path = ['sources', index, 'options'];
    const before = faults.length;
    const options = await checkOptions(family, valueAt(root, path) ?? {}, path, draft, faults);
    const source = values?.sources[index];
    if (!source || faults.length > before) continue;
    const misfit = inputFault(source, family);
    if (misfit !== '') {
      const key = source.listen === undefined ? [] : ['listen'];
      const place: ConfigPath = ['sources', index, ...key];
      faults.push({ ...tree.placeOf(place), message: `${pathText(place)}: ${misfit}` });
      continue;
    }
    const timezone = source.timezone ?? defaultZone();
    try {
      // What a schema cannot tell (an expression that takes too long) shows when the analyzer is made.
      await family.createAnalyzer({ options, timezone, host: source.host });
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      faults.push({ ...tree.placeOf(path), message: `${pathText(path)}: ${messageOf(error)}` });
    }
    const name = source.name ?? `${family.name}-${source.host.replace(/[^A-Za-z0-9._-]/g, '_')}`;
    checked.push({ source, family, options, name, timezone });
  }
  return checked;
}

/** What is wrong about where a source reads from; empty when nothing is. */
function inputFault({ paths, listen }: SourceValues, family: Family): string {
  if (listen === undefined) return paths === undefined ? 'at least one of "paths" and "listen" is needed' : '';
  return family.syslog === undefined ? `the family ${family.name} is not sent by syslog; give "paths" instead` : '';
}

function checkWhole(
  { tree, root }: Draft,
  values: FileValues,
  sources: readonly ValidatedSource[],
  faults: Fault[],
): void {
  const outputNames = keysOf(root['outputs']);
  for (const section of ['listen', 'alerts'] as const) {
    for (const [position, output] of (values[section]?.outputs ?? []).entries()) {
      if (outputNames.includes(output)) continue;
      faults.push(unknownName(tree, [section, 'outputs', position], 'output', output, outputNames));
    }
  }
  const names = new Map<string, number>();
  const series = new Map<string, number>();
  for (const [index, { source, family, name }] of sources.entries()) {
    for (const [position, output] of (source.outputs ?? []).entries()) {
      if (outputNames.includes(output)) continue;
      faults.push(unknownName(tree, ['sources', index, 'outputs', position], 'output', output, outputNames));
    }
    const twin = names.get(name);
    if (twin === undefined) names.set(name, index);
    else {
      const path: ConfigPath = ['sources', index, source.name === undefined ? 'host' : 'name'];
      const message = `${pathText(path)}: the source is called "${name}" as sources[${twin}] is; give it a "name" of its own`;
      faults.push({ ...tree.placeOf(path), message });
    }
    const key = JSON.stringify([family.name, source.host, source.instance ?? values.instance ?? null]);
    const rival = series.get(key);
    if (rival === undefined) series.set(key, index);
    else {
      const path: ConfigPath = ['sources', index];
      const message =
        `${pathText(path)}: family, host and instance are those of sources[${rival}], so their values would ` +
        'overwrite each other; put the paths into one source, or give one of them an "instance" of its own';
      faults.push({ ...tree.placeOf(path), message });
    }
  }
}
