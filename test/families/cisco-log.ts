// Builds small cisco logs and reads them as the commands do.
import { Analysis } from '../../src/families/cisco/reports/analysis.ts';
import type { NetworkEvent } from '../../src/families/cisco/grammar/events.ts';
import type { NetworkStory, ServiceStory } from '../../src/families/cisco/inference/network.ts';
import { defaultPreprocessOptions } from '../../src/families/cisco/preprocessing/preprocess-options.ts';
import type { PreprocessOptions } from '../../src/families/cisco/preprocessing/preprocess-options.ts';
import type { CookedRecord } from '../../src/families/cisco/preprocessing/record.ts';
import { totals } from '../../src/families/cisco/inference/service-timeline.ts';
import type { StateTotals } from '../../src/families/cisco/inference/service-timeline.ts';
import { emptyTopology, readTopology } from '../../src/families/cisco/topology/topology.ts';

/** A hub with a frame relay site that dials, and one on Ethernet with a tunnel. */
export const twoSites = `
version: 1
timezone: UTC
devices:
  - {name: core-1, role: hub, log_path: local, addresses: [{ip: 10.9.0.1, via: lan}]}
  - name: site-101
    role: spoke
    min_boot_seconds: 80
    addresses:
      - {ip: 10.20.101.2, via: link, link: site-101-primary}
      - {ip: 10.60.101.2, via: link, link: site-101-backup}
      - {ip: 10.255.0.101, via: loopback}
  - name: site-102
    role: spoke
    aliases: [rtr7-old]
    min_boot_seconds: 80
    addresses:
      - {ip: 10.20.102.2, via: link, link: site-102-primary}
      - {ip: 10.60.102.2, via: link, link: site-102-backup}
links:
  - id: site-101-primary
    type: frame-relay-pvc
    a: {device: core-1, interface: Serial0/0.101, parent: Serial0/0, dlci: 101}
    b: {device: site-101, interface: Serial0.1, parent: Serial0, dlci: 16}
  - id: site-101-backup
    type: isdn-dial
    a: {device: core-1, interface: 'Serial1/*:*'}
    b: {device: site-101, interface: 'BRI0:*', peer_names: [site-101], numbers: ['5550101']}
  - id: site-102-primary
    type: ethernet-p2p
    a: {device: core-1, interface: Gi0/0/1.102}
    b: {device: site-102, interface: GigabitEthernet0/0/0}
    adjacency: {protocol: ospf, neighbor_a: 10.255.0.102, neighbor_b: 10.255.0.1}
  - id: site-102-backup
    type: tunnel
    a: {device: core-1, interface: Tunnel102}
    b: {device: site-102, interface: Tunnel0}
    adjacency: {protocol: ospf, neighbor_a: 10.255.0.102, neighbor_b: 10.255.0.1}
services:
  - id: site-101
    primary: site-101-primary
    backup: site-101-backup
    test_window: {from: '04:00', to: '08:00', max_seconds: 180}
    expected_callers: ['5550001']
  - {id: site-102, primary: site-102-primary, backup: site-102-backup}
`;

/** 12 November 2024, 08:00 UTC: the moment from which `line` counts its seconds. */
export const startMs = Date.UTC(2024, 10, 12, 8);
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A stamp as devices write it, with its year, in UTC. */
export function stamp(ms: number): string {
  const at = new Date(ms);
  const time = at.toISOString().slice(11, 23);
  return `${months[at.getUTCMonth()] ?? ''} ${String(at.getUTCDate()).padStart(2)} ${at.getUTCFullYear()} ${time} UTC`;
}

/** A line that arrives `seconds` after the start; without a number it has none. */
export function line(seconds: number, source: string, number: number | undefined, message: string, lateBy = 0): string {
  const ms = startMs + seconds * 1000;
  const arrival = new Date(ms + lateBy * 1000).toISOString();
  return `${arrival} ${source} ${number === undefined ? '' : `${number}: `}${stamp(ms)}: ${message}`;
}

/** What reading a log gave. */
export interface ReadLog {
  readonly analysis: Analysis;
  readonly story: NetworkStory;
  readonly records: readonly { readonly record: CookedRecord; readonly event: NetworkEvent }[];
  readonly service: (id: string) => ServiceStory;
  /** Seconds of a service in each state. */
  readonly seconds: (id: string) => { up: number; backup: number; down: number; total: number };
}

/** Reads lines as one input. */
export function readLog(
  lines: readonly string[],
  how: {
    topology?: string;
    options?: Partial<PreprocessOptions>;
    dropSeconds?: number;
    trySeconds?: number;
    modifiedMs?: number;
    timezone?: string;
    holePolicy?: 'keep' | 'unknown';
  } = {},
): ReadLog {
  const topology =
    how.topology === ''
      ? emptyTopology
      : readTopology(how.topology ?? twoSites, 'topology.yaml', {
          ...(how.dropSeconds === undefined ? {} : { dropSeconds: how.dropSeconds }),
          ...(how.trySeconds === undefined ? {} : { trySeconds: how.trySeconds }),
        });
  const records: { record: CookedRecord; event: NetworkEvent }[] = [];
  const analysis = new Analysis(
    topology,
    {
      preprocess: { ...defaultPreprocessOptions, ...how.options },
      timezone: how.timezone ?? 'UTC',
      holePolicy: how.holePolicy ?? 'keep',
    },
    { needsTexts: true, record: (record, event) => records.push({ record, event }) },
  );
  const buffer = Buffer.from(lines.map((text) => `${text}\n`).join(''));
  const file = { path: 'syslog.log', name: 'syslog.log', modifiedMs: how.modifiedMs ?? startMs, id: 1 };
  const reader = analysis.reader(0);
  const chunk = { file, buffer, start: 0, end: buffer.length, offset: 0, lines: lines.length };
  reader.findYear(chunk);
  analysis.lines(chunk, reader);
  analysis.finish();
  const story = analysis.network.story(analysis.network.firstMs, analysis.network.lastMs);
  const service = (id: string): ServiceStory => {
    const found = story.services.find((candidate) => candidate.service.id === id);
    if (!found) throw new Error(`no service ${id}`);
    return found;
  };
  const seconds = (id: string): { up: number; backup: number; down: number; total: number } => {
    const sums: StateTotals = totals(service(id).timeline.charged, story.fromMs, story.toMs);
    return { up: sums.upMs / 1000, backup: sums.backupMs / 1000, down: sums.downMs / 1000, total: sums.totalMs / 1000 };
  };
  return { analysis, story, records, service, seconds };
}

/** Counts of one device's transport. */
export function transportOf(log: ReadLog, device: string) {
  for (const [known, track] of log.analysis.preprocessor.tracks) {
    if (known.name === device)
      return { ...track.steps.counts, duplicate: track.duplicates.duplicates, entries: track.duplicates.entries };
  }
  throw new Error(`no device ${device}`);
}
