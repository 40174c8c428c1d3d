// The configuration that a command works with: read with everything that is registered, cut down to what was chosen.
import { UsageError } from '../model/errors.ts';
import { loadConfiguration } from './config.ts';
import type { Configuration } from './configuration.ts';
import { families, outputs } from './registry.ts';
import { nearestWord } from './suggestion.ts';

/** Reads a file with everything that is registered. Without `needsSources` it may be that of an alert receiver. */
export async function loadRegistered(
  file: string,
  environment: NodeJS.ProcessEnv,
  needsSources = true,
): Promise<Configuration> {
  const configuration = await loadConfiguration(file, { catalogue: { families, outputs }, environment });
  if (needsSources && configuration.sources.length === 0) {
    throw new UsageError(`${file} names no sources: it is for the alert receiver; run "listen", or add "sources"`);
  }
  return configuration;
}

/** Only the named sources; all when none is named. Throws UsageError for a name that does not exist. */
export function onlySources(configuration: Configuration, names: readonly string[]): Configuration {
  if (names.length === 0) return configuration;
  const known = configuration.sources.map(({ name }) => name);
  for (const name of names) {
    if (known.includes(name)) continue;
    const meant = nearestWord(name, known);
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
    throw new UsageError(`there is no source "${name}"${hint} (there are ${known.join(', ')})`);
  }
  return { ...configuration, sources: configuration.sources.filter(({ name }) => names.includes(name)) };
}

/** Refuses outputs that would store old events as if they were of today (engine 5.3). */
export function refuseLostTime({ sources, outputs }: Configuration): void {
  const used = outputs.filter(({ name }) => sources.some((source) => source.outputs.includes(name)));
  const losing = used.filter(({ kind }) => kind.losesEventTime);
  if (losing.length === 0) return;
  const names = losing.map(({ name }) => name).join(', ');
  throw new UsageError(
    `the output ${names} cannot store the time of an event, so a back-fill would look as if all of it happened now; ` +
      'import into other outputs, or give --force if that is what you want',
  );
}
