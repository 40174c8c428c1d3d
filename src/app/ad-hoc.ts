// A configuration from the command line alone: `import --family ecs --host cm1 --output influx:URL FILES`.
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { toJSONSchema } from 'zod';
import { UsageError } from '../model/errors.ts';
import type { OutputKind } from '../model/output.ts';
import { keysAt } from './config-allowed.ts';
import type { SchemaNode } from './config-allowed.ts';
import type { Catalogue } from './catalogue.ts';
import { readConfiguration } from './config.ts';
import type { Configuration } from './configuration.ts';
import { nearestWord } from './suggestion.ts';

/** What was given on the command line. */
export interface AdHocRequest {
  readonly family: string;
  readonly host: string;
  readonly timezone: string | undefined;
  readonly instance: string | undefined;
  readonly bucketSeconds: number;
  /** `KIND`, or `KIND:ADDRESS`, either with `?option=value&...`. */
  readonly outputs: readonly string[];
  /** Files, folders, globs, `-`; relative ones count from the working directory. */
  readonly paths: readonly string[];
  readonly stateDirectory: string;
  /** The state is thrown away afterwards, and notes that lead back to lines are of no use. */
  readonly isTemporary?: boolean;
}

/** Builds and validates it. Throws UsageError; secrets that are not given come from `KIND_OPTION` variables. */
export async function adHocConfiguration(
  request: AdHocRequest,
  catalogue: Catalogue,
  environment: NodeJS.ProcessEnv,
): Promise<Configuration> {
  const outputs: Record<string, Record<string, unknown>> = {};
  for (const text of request.outputs) {
    const { kind, options } = await outputOf(text, catalogue, environment);
    let name = kind.name;
    for (let number = 2; Object.hasOwn(outputs, name); number++) name = `${kind.name}-${number}`;
    outputs[name] = { type: kind.name, ...options };
  }
  const file = {
    stateDir: request.stateDirectory,
    instance: request.instance ?? `${hostname()}-import`,
    log: { level: 'warn' },
    outputs,
    sources: [
      {
        family: request.family,
        host: request.host,
        ...(request.timezone === undefined ? {} : { timezone: request.timezone }),
        paths: request.paths.map((path) => (path === '-' ? path : resolve(path))),
        bucketSeconds: request.bucketSeconds,
        ...(request.isTemporary === true ? { lineIndexMegabytes: 0 } : {}),
      },
    ],
  };
  // A `$` from the command line has no meaning there any more.
  const text = JSON.stringify(file).replaceAll('$', '$$$$');
  return readConfiguration(text, 'command line', { catalogue, environment: {}, hasPlaces: false });
}

async function outputOf(
  text: string,
  { outputs }: Catalogue,
  environment: NodeJS.ProcessEnv,
): Promise<{ kind: OutputKind; options: Record<string, unknown> }> {
  const [, name = '', rest = ''] = /^([^:?]*)(.*)$/s.exec(text) ?? [];
  const kind = outputs.find((known) => known.name === name);
  if (!kind) {
    const known = outputs.map((output) => output.name);
    const meant = nearestWord(name, known);
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
    throw new UsageError(`--output ${text}: there is no output "${name}"${hint} (there are ${known.join(', ')})`);
  }
  const schema = toJSONSchema(await kind.options(), { io: 'input', unrepresentable: 'any' }) as unknown as SchemaNode;
  const keys = keysAt(schema, []);
  const question = rest.indexOf('?');
  const address = (question < 0 ? rest : rest.slice(0, question)).replace(/^:/, '');
  const options: Record<string, unknown> = addressOptions(address, keys, text);
  for (const [key, value] of new URLSearchParams(question < 0 ? '' : rest.slice(question + 1))) {
    options[key] = plainValue(value, schema, key);
  }
  for (const option of kind.secretOptions) {
    const value = environment[`${kind.name}_${option}`.toUpperCase()];
    if (options[option] === undefined && value !== undefined && value !== '') options[option] = value;
  }
  return { kind, options };
}

/** Where an address goes depends on what the output knows: a URL, a file, or a host and a port. */
function addressOptions(address: string, keys: readonly string[], text: string): Record<string, unknown> {
  if (address === '') return {};
  if (keys.includes('url')) return { url: address };
  if (keys.includes('path')) return { path: resolve(address) };
  const [, host, port] = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(address) ?? [];
  if (!keys.includes('host') || host === undefined || host === '') {
    throw new UsageError(`--output ${text}: this output takes no address`);
  }
  return { host, ...(port === undefined ? {} : { port: Number(port) }) };
}

/** Everything on a command line is text; numbers and booleans where the schema has them. */
function plainValue(value: string, schema: SchemaNode, key: string): unknown {
  const type = schema.properties?.[key]?.type;
  if ((type === 'integer' || type === 'number') && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  if (type === 'boolean' && /^(true|false)$/.test(value)) return value === 'true';
  return value;
}
