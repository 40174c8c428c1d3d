// What `up` adds to a configuration: the embedded store and the live page, for those who have neither.
import type { Configuration, WebConfiguration } from './configuration.ts';
import { outputs } from './registry.ts';

/** Address wishes of the command line; they win over the file. */
export interface AddressWishes {
  readonly host: string | undefined;
  readonly port: number | undefined;
}

/** The kind of output that is the embedded store. */
const storeKind = 'duckdb';
/** True when a store can answer the page's questions. */
export function hasStore({ outputs: configured }: Configuration): boolean {
  return configured.some(({ kind }) => kind.name === storeKind);
}

const defaultWeb: WebConfiguration = { host: '127.0.0.1', port: 8080, token: undefined };

/** The configuration with a store that every source writes to, and with the live page. */
export async function withStore(configuration: Configuration, wishes: AddressWishes): Promise<Configuration> {
  const web = withWishes(configuration.web ?? defaultWeb, wishes);
  const existing = configuration.outputs.find(({ kind }) => kind.name === storeKind);
  const kind = outputs.find(({ name }) => name === storeKind);
  if (existing || !kind) {
    const store = existing?.name;
    const sources = configuration.sources.map((source) => ({ ...source, outputs: withName(source.outputs, store) }));
    const { alerts } = configuration;
    return { ...configuration, web, sources, alerts: { ...alerts, outputs: withName(alerts.outputs, store) } };
  }
  const options: unknown = (await kind.options()).parse({});
  const name = freeName(configuration);
  const store = { name, kind, options, fingerprint: JSON.stringify([name, storeKind, {}]) };
  return {
    ...configuration,
    web,
    outputs: [...configuration.outputs, store],
    sources: configuration.sources.map((source) => ({ ...source, outputs: withName(source.outputs, name) })),
    alerts: { ...configuration.alerts, outputs: withName(configuration.alerts.outputs, name) },
  };
}

/** The configuration with the wishes applied to its page, if it has one. */
export function withAddress(configuration: Configuration, wishes: AddressWishes): Configuration {
  const isWanted = configuration.web !== undefined || wishes.host !== undefined || wishes.port !== undefined;
  return isWanted ? { ...configuration, web: withWishes(configuration.web ?? defaultWeb, wishes) } : configuration;
}

function withWishes(web: WebConfiguration, { host, port }: AddressWishes): WebConfiguration {
  return { ...web, host: host ?? web.host, port: port ?? web.port };
}

function withName(names: readonly string[], name: string | undefined): readonly string[] {
  return name === undefined || names.includes(name) ? names : [...names, name];
}

function freeName({ outputs: configured }: Configuration): string {
  const taken = new Set(configured.map(({ name }) => name));
  for (let number = 1; ; number++) {
    const name = number === 1 ? storeKind : `${storeKind}-${number}`;
    if (!taken.has(name)) return name;
  }
}
