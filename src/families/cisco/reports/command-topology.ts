// `switchboard cisco topology`: checks a topology file, or proposes a first one from logs (cisco 8).
import type { CommandCall, CommandSpec } from '../../../model/command.ts';
import { printable, UsageError } from '../../../model/errors.ts';
import { csvLine, jsonText } from '../../../model/report-text.ts';
import { readingOptions, readPlan } from './command-options.ts';
import { exitStatus, filesArgument, printableLines, statusHelp, statusOf, write } from './command-parts.ts';
import { count } from './report-words.ts';
import { estimateSeries, mostSeries } from '../topology/series-estimate.ts';
import { learnTopology } from '../topology/topology-learn.ts';
import type { Topology } from '../topology/topology.ts';

/** The command. */
export const topologyCommand: CommandSpec = {
  name: 'topology',
  summary: 'check a topology file, or propose a first one from logs',
  notes: `Examples:
  switchboard cisco topology -t topology.yaml
  switchboard cisco topology -t topology.yaml --csv
  switchboard cisco topology --learn cisco.log > topology.yaml

A proposal is complete enough to be used, but guesses are marked in it: read them before you believe the figures.

${statusHelp}`,
  argument: filesArgument,
  options: [...readingOptions, { flags: '--learn', help: 'propose a topology from the devices and links in the logs' }],
  run,
};

async function run(call: CommandCall): Promise<number> {
  const plan = await readPlan(call.options);
  if (call.options['learn'] === true) {
    if (plan.format !== 'text') throw new UsageError('--learn writes YAML; leave out --json and --csv');
    const isInteractive = (call.stdin as { isTTY?: boolean }).isTTY === true;
    if (call.files.length === 0 && isInteractive) {
      throw new UsageError('name the logs to learn from, or give one on standard input');
    }
    const { text, inputs } = await learnTopology(plan, call);
    await write(call.stdout, text);
    return statusOf(call, inputs);
  }
  if (call.options['topology'] === undefined) {
    throw new UsageError('name the file to check with -t, or give --learn and logs');
  }
  if (call.files.length > 0) throw new UsageError('a topology is checked without logs; give --learn to propose one');
  const { topology } = plan;
  const advice = adviceOn(topology);
  if (plan.format === 'json') await write(call.stdout, `${jsonText(topologyJson(topology, advice))}\n`);
  else if (plan.format === 'csv') await write(call.stdout, servicesCsv(topology));
  else await write(call.stdout, printableLines(summaryText(topology, advice)));
  return exitStatus.done;
}

function summaryText(topology: Topology, advice: readonly string[]): string {
  const { devices, links, services, trunks, timezone } = topology;
  const kinds = new Map<string, number>();
  for (const { type } of links) kinds.set(type, (kinds.get(type) ?? 0) + 1);
  const types = [...kinds].map(([type, number]) => `${number} ${type}`).join(', ');
  const modes = (mode: string): number => services.filter(({ backupMode }) => backupMode === mode).length;
  const hubs = devices.filter(({ isLocal }) => isLocal).length;
  return [
    'The topology is sound.',
    `  devices   ${devices.length} (${hubs} log locally), ${topology.addresses.size} addresses`,
    `  links     ${links.length}${types === '' ? '' : `: ${types}`}`,
    `  services  ${services.length}: ${modes('dial')} with dial backup, ${modes('permanent')} with a permanent one, ${modes('none')} without`,
    `  trunks    ${trunks.length}`,
    `  zone      ${timezone}`,
    `  series    about ${count(estimateSeries(topology))} in a database`,
    ...advice.map((text) => `warning: ${text}`),
    '',
  ].join('\n');
}

/** What is allowed but is seldom meant. */
function adviceOn(topology: Topology): readonly string[] {
  const { devices, links, services, trunks, addresses } = topology;
  const list: string[] = [];
  const few = (names: readonly string[]): string =>
    `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
  const say = (names: readonly string[], text: string): void => {
    if (names.length > 0) list.push(`${few(names)}: ${text}`);
  };
  const series = estimateSeries(topology);
  if (series > mostSeries) {
    const limit = count(mostSeries);
    list.push(
      `about ${count(series)} series in a database; above ${limit} use one exporter and database for each region`,
    );
  }
  if (services.length === 0) list.push('there are no services, so no availability is reported; add some');
  if (devices.length > 0 && !devices.some(({ isLocal }) => isLocal)) {
    list.push('no device has "log_path: local"; one whose messages do not cross the links is the best witness');
  }
  const used = new Set(services.flatMap(({ primary, backup }) => [primary.id, ...(backup ? [backup.id] : [])]));
  say(
    links.filter(({ id }) => !used.has(id)).map(({ id }) => id),
    'no service uses this link',
  );
  const addressed = new Set([...addresses.values()].map(({ device }) => device));
  say(
    devices.filter(({ name }) => !addressed.has(name)).map(({ name }) => name),
    'no address is given, so its messages are found by its name only',
  );
  const hinted = new Set([...addresses.values()].flatMap(({ via, link }) => (via === 'link' && link ? [link] : [])));
  say(
    services.filter(({ primary }) => !hinted.has(primary.id)).map(({ id }) => id),
    'no address is "via: link" of its primary, so packets give no hint about it',
  );
  say(
    links
      .filter(({ type, adjacency }) => (type === 'ethernet-p2p' || type === 'tunnel') && !adjacency)
      .map(({ id }) => id),
    'without "adjacency" its state is that of its interfaces, which says little about the path',
  );
  say(
    services.filter(({ backupMode, testWindow }) => backupMode !== 'dial' && testWindow).map(({ id }) => id),
    'only dial backups have a test window; it is ignored',
  );
  const carried = new Set(links.map(({ trunk }) => trunk));
  const parents = new Set(links.flatMap(({ ends }) => ends.map(({ parent }) => parent)));
  say(
    trunks
      .filter(({ id, kind, interface: name }) => kind !== 'isdn-pri' && !carried.has(id) && !parents.has(name))
      .map(({ id }) => id),
    'no link runs over this trunk',
  );
  return list;
}

function topologyJson(topology: Topology, warnings: readonly string[]): Readonly<Record<string, unknown>> {
  return {
    devices: topology.devices.length,
    addresses: topology.addresses.size,
    links: topology.links.length,
    trunks: topology.trunks.length,
    services: topology.services.map((service) => ({
      id: service.id,
      site: service.site,
      device: service.device ?? null,
      primary: service.primary.id,
      backup: service.backup?.id ?? null,
      backup_mode: service.backupMode,
    })),
    series: estimateSeries(topology),
    warnings,
  };
}

function servicesCsv({ services }: Topology): string {
  return [
    csvLine(['id', 'site', 'device', 'primary', 'backup', 'backup_mode']),
    ...services.map(({ id, site, device, primary, backup, backupMode }) =>
      csvLine([printable(id), site, device ?? '', primary.id, backup?.id ?? '', backupMode]),
    ),
  ].join('');
}
