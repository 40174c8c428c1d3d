// `npx tsx bench/cisco.ts`: the whole chain of the cisco family (grammar, preprocessing, inference) against grep of the same
// file, with the results checked. Options: --lines N (2000000), --runs N (3).
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { contest, shell } from './contest.ts';

const { values } = parseArgs({
  options: { lines: { type: 'string', default: '2000000' }, runs: { type: 'string', default: '3' } },
});
const lines = Number(values.lines);
const runs = Number(values.runs);
const sites = 200;
const main = join(fileURLToPath(new URL('..', import.meta.url)), 'dist', 'main.js');
const directory = mkdtempSync(join(tmpdir(), 'switchboard-bench-cisco-'));
const log = join(directory, 'syslog.log');
const topology = join(directory, 'topology.yaml');

/** A hub with one adjacency to each site; one line in fifty is a change of state. */
function generate(): number {
  const links = Array.from({ length: sites }, (_, site) => {
    const a = `{device: hub, interface: GigabitEthernet0/1.${site}}`;
    return `  - {id: link-${site}, type: ethernet-p2p, a: ${a}, adjacency: {protocol: ospf, neighbor_a: 10.255.0.${site}}}`;
  });
  const services = Array.from({ length: sites }, (_, site) => `  - {id: site-${site}, primary: link-${site}}`);
  const hub = 'devices: [{name: hub, log_path: local, addresses: [{ip: 10.9.0.1, via: lan}]}]';
  writeFileSync(topology, ['version: 1', hub, 'links:', ...links, 'services:', ...services, ''].join('\n'));
  const file = openSync(log, 'w');
  let changes = 0;
  for (let from = 0; from < lines; from += 10_000) {
    let text = '';
    for (let number = from; number < Math.min(lines, from + 10_000); number++) {
      const at = new Date(Date.UTC(2024, 0, 1) + number * 1000).toISOString();
      const stamp = `Jan ${at.slice(8, 10).replace(/^0/, ' ')} 2024 ${at.slice(11, 23)}`.replace(
        'Jan',
        new Date(at).toUTCString().slice(8, 11),
      );
      const site = Math.floor(number / 100) % sites;
      const isDown = Math.floor(number / 50) % 2 === 0;
      const isChange = number % 50 === 0;
      if (isChange) changes++;
      const message = isChange
        ? `%OSPF-5-ADJCHG: Process 1, Nbr 10.255.0.${site} on GigabitEthernet0/1.${site} from ${isDown ? 'FULL to DOWN, Neighbor Down: Dead timer expired' : 'LOADING to FULL, Loading Done'}`
        : `%SEC-6-IPACCESSLOGP: list 102 denied udp 10.9.3.${number % 250}(137) -> 10.1.0.255(137), 1 packet`;
      text += `${at} 10.9.0.1 ${number + 1}: ${stamp} UTC: ${message}\n`;
    }
    writeSync(file, text);
  }
  closeSync(file);
  return changes;
}

try {
  const changes = generate();
  const ours = {
    name: 'cisco network',
    run: () => shell(`node '${main}' cisco network -t '${topology}' --json '${log}'`, { TZ: 'UTC' }),
    answer: (stdout: string) => {
      const { transport, sites: figures } = JSON.parse(stdout) as {
        transport: { received: number; lost: number };
        sites: { flaps: number }[];
      };
      const flaps = figures.reduce((sum, site) => sum + site.flaps, 0);
      return `${transport.received} received, ${transport.lost} lost, ${Math.abs(2 * flaps - changes) <= sites ? 'all' : flaps} changes`;
    },
  };
  const peer = {
    name: 'grep -c',
    run: () => shell(`grep -c '%' '${log}'`),
    answer: (stdout: string) => `${stdout.trim()} received, 0 lost, all changes`,
  };
  const { medians, peakMegabytes, difference } = await contest('cisco network against grep', [ours, peer], runs);
  const [mine, theirs] = medians;
  if (mine && theirs) {
    const rate = Math.round(lines / mine.seconds);
    process.stdout.write(
      `cisco network: ${rate} lines/s (wanted 300000), ${(theirs.seconds / mine.seconds).toFixed(3)} x ${theirs.name}, ` +
        `${mine.seconds.toFixed(2)} s, peak ${peakMegabytes?.toFixed(0) ?? '?'} MB\n`,
    );
  }
  if (difference !== null) {
    process.stdout.write(`  THE ANSWERS DIFFER: ${difference}\n`);
    process.exitCode = 1;
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
