// The configuration of a process: reads the file, fills in ${...}, validates all of it, and gives plain values with
// every default resolved. Nothing is started here; whatever is wrong is said at once, with its place.
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, relative, resolve } from 'node:path';
import { codeOf, messageOf, printable, UsageError } from '../model/errors.ts';
import { hostZone } from '../model/zone.ts';
import { substitute } from './config-interpolation.ts';
import { pathText, readTree, setValue, treeOfJson } from './config-text.ts';
import type { Fault } from './config-text.ts';
import type { Validated } from './config-validate.ts';
import type { Configuration } from './configuration.ts';
import type { Catalogue } from './catalogue.ts';
import { journalPattern } from './source-options.ts';
import { Secrets } from './secrets.ts';

/** The configuration is wrong: one message for each fault, each with file, line and column. */
export class ConfigurationError extends UsageError {
  readonly faults: readonly string[];
  /** `what` is what has the faults, in words. */
  constructor(what: string, faults: readonly string[]) {
    const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`;
    super(`${what} has ${count}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

/** What reading a configuration depends on. */
export interface ConfigSurroundings {
  readonly catalogue: Catalogue;
  readonly environment: NodeJS.ProcessEnv;
  /** False for JSON that nobody wrote in a file: messages then name keys without lines and columns. */
  readonly hasPlaces?: boolean;
}

/** More messages than this help nobody. */
const maxFaults = 50;
/** A configuration is text written by people. */
const maxFileBytes = 8 * 1024 * 1024;

/** Reads and validates a file. Throws ConfigurationError with every fault, UsageError when it cannot be read. */
export async function loadConfiguration(file: string, surroundings: ConfigSurroundings): Promise<Configuration> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const shown = printable(file, 300);
    if (codeOf(error) === 'ENOENT') {
      throw new UsageError(`the configuration ${shown} does not exist; name another with --config FILE`);
    }
    throw new UsageError(`the configuration ${shown} cannot be read: ${printable(messageOf(error), 300)}`);
  }
  if (text.length > maxFileBytes)
    throw new UsageError(`${printable(file, 300)} is larger than 8 MiB; is it a configuration?`);
  return readConfiguration(text, file, surroundings);
}

/** Validates the text of a configuration; `file` is for messages and for what relative paths count from. */
export async function readConfiguration(
  text: string,
  file: string,
  { catalogue, environment, hasPlaces = true }: ConfigSurroundings,
): Promise<Configuration> {
  const secrets = new Secrets();
  const directory = dirname(resolve(file));
  const shownFile = printable(shortPath(file), 300);
  const fail = (faults: readonly Fault[]): never => {
    const what = hasPlaces ? `the configuration ${shownFile}` : 'the command line';
    throw new ConfigurationError(what, messages(faults, hasPlaces ? shownFile : undefined, secrets));
  };

  const tree = hasPlaces ? await readTree(text) : treeOfJson(text);
  if (tree.faults.length > 0) fail(tree.faults);
  if (tree.root === null || typeof tree.root !== 'object' || Array.isArray(tree.root)) {
    fail([{ line: 1, column: 1, message: 'the file must be a group of keys; at least "sources" is needed' }]);
  }
  const root = tree.root as Record<string, unknown>;

  const substituted = new Map<string, string>();
  const secretPlaces = new Set<string>();
  const faults: Fault[] = [];
  for (const { path, text: raw } of tree.texts) {
    const result = await substitute(raw, { environment, directory, secrets });
    if ('fault' in result) faults.push({ ...tree.placeOf(path), message: `${pathText(path)}: ${result.fault}` });
    else if (result.isChanged) {
      const key = JSON.stringify(path);
      if (raw.includes('${')) substituted.set(key, result.text);
      if (result.isSecret) secretPlaces.add(key);
      setValue(root, path, result.text);
    }
  }
  if (faults.length > 0) fail(faults);

  const { validate } = await import('./config-validate.ts');
  const result = await validate({ tree, directory, root, substituted, secretPlaces, secrets, catalogue });
  if ('faults' in result) return fail(result.faults);
  return resolved(result, file, directory, secrets);
}

function resolved(
  { values, outputs, sources }: Validated,
  file: string,
  directory: string,
  secrets: Secrets,
): Configuration {
  const instance = values.instance ?? hostname();
  return {
    file,
    stateDirectory: resolve(directory, values.stateDir),
    log: values.log,
    web: values.web && { host: values.web.host, port: values.web.port, token: values.web.token },
    listen: values.listen && {
      ...values.listen,
      outputs: values.listen.outputs ?? outputs.map((output) => output.name),
      timezone: values.listen.timezone ?? hostZone(),
      instance,
      spoolLimitMegabytes: values.spoolLimitMegabytes,
      deadLetterMegabytes: values.deadLetters.limitMegabytes,
    },
    alerts: {
      ...values.alerts,
      outputs: values.alerts.outputs ?? outputs.map((output) => output.name),
      instance,
      spoolLimitMegabytes: values.spoolLimitMegabytes,
      deadLetterMegabytes: values.deadLetters.limitMegabytes,
    },
    outputs,
    sources: sources.map(({ source, family, options, name, timezone }) => ({
      ...source,
      name,
      family,
      options,
      timezone,
      isHostZone: source.timezone === undefined,
      instance: source.instance ?? instance,
      paths: [
        ...(source.paths ?? []).map((path) => (path === '-' ? path : resolve(directory, path))),
        ...(source.listen === undefined ? [] : [journalPattern(resolve(directory, values.stateDir), name)]),
      ],
      listen: source.listen && {
        ...source.listen,
        tls: source.listen.tls && {
          ...source.listen.tls,
          certificate: resolve(directory, source.listen.tls.certificate),
          key: resolve(directory, source.listen.tls.key),
          clientCa: source.listen.tls.clientCa && resolve(directory, source.listen.tls.clientCa),
        },
      },
      outputs: source.outputs ?? outputs.map((output) => output.name),
      spoolLimitMegabytes: source.spoolLimitMegabytes ?? values.spoolLimitMegabytes,
      deadLetterMegabytes: values.deadLetters.limitMegabytes,
    })),
    secrets,
  };
}

/** `file:line:column: message`, in the order of the file. */
function messages(faults: readonly Fault[], file: string | undefined, secrets: Secrets): string[] {
  const sorted = [...faults].sort((first, second) => first.line - second.line || first.column - second.column);
  const shown = sorted.slice(0, maxFaults).map(({ line, column, message }) => {
    return secrets.hide(file === undefined ? message : `${file}:${line}:${column}: ${message}`);
  });
  const more = sorted.length - shown.length;
  return more > 0 ? [...shown, `and ${more} more`] : shown;
}

/** The path as short as it can be written from here. */
function shortPath(file: string): string {
  const short = relative('', file);
  return short === '' || short.startsWith('..') ? file : short;
}
