// A learnt topology as YAML that a person completes: one line for each thing, and what is guessed beside it.
import { stringify } from 'yaml';
import type { Proposal } from './learn-proposal.ts';

const head = `# Proposed from logs. It can be used as it is, but look it through first: what stands behind "#" is guessed.
#  - log_path: local is right for devices whose messages do not cross the links; it decides whom to believe.
#  - addresses: via: link is the address of that link's interface, via: loopback says nothing about the path.
#  - services: give them good names; add test_window where dial backups are tested every day.
`;

/** The whole file. */
export function proposalText(proposal: Proposal, timezone: string): string {
  const { devices, links, services, trunks } = proposal;
  const part = (name: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [`${name}: []`] : [`${name}:`, ...lines];
  return [
    `${head}version: 1`,
    `timezone: ${timezone}`,
    ...part(
      'devices',
      devices.flatMap(({ name, isHub, addresses }) => [
        `  - name: ${flow(safe(name))}`,
        `    role: ${isHub ? 'hub' : 'spoke'}`,
        `    log_path: ${isHub ? 'local # it ends many links' : 'remote'}`,
        ...(addresses.length === 0 ? ['    # its lines name no address'] : ['    addresses:']),
        ...addresses.map(({ ip, via, link, guess }) =>
          withNote(
            `      - ${flow({ ip: ip.slice(0, 64), via, ...(link === undefined ? {} : { link: safe(link) }) })}`,
            guess,
          ),
        ),
      ]),
    ),
    ...part(
      'links',
      links.flatMap(({ id, type, trunk, a, b, adjacency, guess }) => [
        withNote(`  - id: ${flow(safe(id))}`, guess),
        `    type: ${type}`,
        ...(trunk === undefined ? [] : [`    trunk: ${flow(safe(trunk))}`]),
        `    a: ${flow({ ...a, device: safe(a.device) })}`,
        ...(b ? [`    b: ${flow({ ...b, device: safe(b.device) })}`] : []),
        ...(adjacency ? [`    adjacency: ${flow(adjacency)}`] : []),
      ]),
    ),
    ...part(
      'services',
      services.flatMap(({ id, primary, backup, mode, callers }) => [
        `  - id: ${flow(safe(id))}`,
        `    primary: ${flow(safe(primary))}`,
        ...(backup === undefined ? [] : [`    backup: ${flow(safe(backup))}`, `    backup_mode: ${mode}`]),
        ...(callers.length === 0 ? [] : [`    expected_callers: ${flow(callers)} # numbers that come again and again`]),
      ]),
    ),
    ...part(
      'trunks',
      trunks.map((trunk) => `  - ${flow({ ...trunk, id: safe(trunk.id), device: safe(trunk.device) })}`),
    ),
    '',
  ].join('\n');
}

function withNote(line: string, note: string): string {
  return note === '' ? line : `${line} # ${note}`;
}

/** A value on one line; texts of logs are quoted where YAML would read them otherwise. */
function flow(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trimEnd();
}

/** A name that the schema takes; other characters become dashes. */
function safe(name: string): string {
  const clean = name.replace(/[^A-Za-z0-9_.:-]/g, '-').slice(0, 100);
  return /^[A-Za-z0-9]/.test(clean) ? clean : `x${clean}`.slice(0, 100);
}
