// The dashboard, the alert rules and the overview of the cisco family: what the specification asks for is there, limits
// are shared, and what nobody knows is never shown as available (cisco 23, 24; grafana 11.5, 12).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cisco } from '../../src/families/cisco/index.ts';
import { ciscoMeasurements } from '../../src/families/cisco/metrics.ts';
import type { Output } from '../../src/model/output.ts';
import type { PanelQuery } from '../../src/model/query.ts';
import { duckdb } from '../../src/outputs/duckdb/index.ts';
import { line, startMs } from './cisco-log.ts';
import { LiveSource } from './cisco-live.ts';

const [dashboard] = await cisco.dashboards();
const rules = (await cisco.alerts?.()) ?? [];
const panels = dashboard?.sections.flatMap((section) => [...section.panels]) ?? [];
const panel = (id: number) => panels.find((one) => one.id === id);

describe('the dashboard', () => {
  test('has the eighteen panels of the specification, under their numbers', () => {
    expect(dashboard?.uid).toBe('sb-network');
    expect(dashboard?.variables.map(({ name }) => name)).toEqual(['site', 'svc', 'dev']);
    expect(
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18].map((id) => [panel(id)?.title, panel(id)?.type]),
    ).toEqual([
      ['Sites down', 'stat'],
      ['Sites on backup', 'stat'],
      ['Suspect', 'stat'],
      ['Availability', 'stat'],
      ['Log messages lost', 'stat'],
      ['Service state', 'state-timeline'],
      ['Downtime per site', 'bargauge'],
      ['Time on backup', 'bargauge'],
      ['Weak links', 'table'],
      ['Messages by severity', 'timeseries'],
      ['Routing neighbours lost', 'timeseries'],
      ['Backup calls and circuits open', 'timeseries'],
      ['Backup tests', 'status-history'],
      ['Interesting events', 'bargauge'],
      ['Changes and logins', 'timeseries'],
      ['Environment and redundancy', 'state-timeline'],
      ['Devices', 'table'],
      ['Failures by hour of day', 'barchart'],
    ]);
  });

  test('draws reboots, trunk failures and holes over its charts', () => {
    expect(dashboard?.annotations?.map(({ id }) => id)).toEqual(['reboots', 'trunks', 'holes']);
  });

  test('leads from each list to one service, site or device of it', () => {
    const linked = panels.filter(({ links = [] }) => links.length > 0);
    expect(linked.length).toBeGreaterThan(8);
    for (const { links = [], queries } of linked) {
      for (const { dashboard: uid, variables = {} } of links) {
        expect(uid).toBe('sb-network');
        for (const tag of Object.values(variables))
          expect(queries.some(({ groupBy }) => groupBy.includes(tag))).toBe(true);
      }
    }
  });

  test('shows only points that were not taken back', () => {
    const asked = [
      ...panels.flatMap(({ queries }) => queries),
      ...(dashboard?.annotations ?? []).map(({ query }) => query),
    ];
    const listed = asked.filter(({ over, measurement }) => over === 'rows' && measurement.fieldNames.includes('void'));
    expect(listed.map(({ measurement }) => measurement.name)).toEqual([
      'cisco_service_transition',
      'cisco_reboot',
      'cisco_trunk_hit',
    ]);
    for (const { having } of listed) expect(having).toEqual([{ select: 'void', below: 0.5 }]);
  });

  test('every measurement of the family is on it, or stands for one that is', () => {
    const shown = new Set(panels.flatMap(({ queries }) => queries.map(({ measurement }) => measurement.name)));
    const annotated = new Set(dashboard?.annotations?.map(({ query }) => query.measurement.name));
    const rest = ciscoMeasurements.map(({ name }) => name).filter((name) => !shown.has(name) && !annotated.has(name));
    // Layers of links, single interfaces, tracked objects and contradictions are for questions of one's own.
    expect(rest).toEqual(['cisco_link', 'cisco_interface_event', 'cisco_track', 'cisco_inconsistency']);
  });
});

describe('the alert rules', () => {
  test('are those of the specification', () => {
    const severities = Object.fromEntries(rules.map(({ uid, severity, forSeconds }) => [uid, [severity, forSeconds]]));
    expect(severities).toEqual({
      'sb-cisco-site-down': ['critical', 60],
      'sb-cisco-backup': ['warning', 900],
      'sb-cisco-backup-flap': ['critical', 0],
      'sb-cisco-suspect': ['warning', 0],
      'sb-cisco-flap': ['warning', 0],
      'sb-cisco-weak': ['warning', 0],
      'sb-cisco-test': ['warning', 0],
      'sb-cisco-tests': ['warning', 0],
      'sb-cisco-trunk': ['critical', 0],
      'sb-cisco-neighbor': ['warning', 120],
      'sb-cisco-reboot': ['warning', 0],
      'sb-cisco-reboots': ['critical', 0],
      'sb-cisco-silent': ['warning', 600],
      'sb-cisco-loss': ['warning', 0],
      'sb-cisco-loss-crit': ['critical', 0],
      'sb-cisco-late': ['info', 0],
      'sb-cisco-clock': ['info', 3600],
      'sb-cisco-env': ['critical', 0],
      'sb-cisco-fault': ['critical', 60],
      'sb-cisco-caller': ['warning', 0],
      'sb-cisco-login': ['warning', 0],
      'sb-cisco-quiet-mode': ['warning', 0],
      'sb-cisco-unparsed': ['info', 0],
      'sb-cisco-deaf': ['critical', 0],
    });
  });

  test('about states keep silent in a hole', () => {
    const states = rules.filter(({ measured: { query } }) =>
      ['cisco_service', 'cisco_trunk', 'cisco_adjacency'].includes(query.measurement.name),
    );
    expect(states).toHaveLength(6);
    for (const { onlyIf } of states) {
      expect(['quiet', 'hole']).toContain(onlyIf?.question.query.select[0]?.field);
      expect(onlyIf?.limit).toEqual({ below: 1 });
    }
  });

  test('have their limits as steps of the panels they lead to', () => {
    const steps = (id: number): readonly (number | undefined)[] => {
      const one = panel(id);
      const columns = one?.type === 'table' ? Object.values(one.columns ?? {}) : [];
      return [...(one?.thresholds ?? []), ...columns.flatMap(({ thresholds = [] }) => thresholds)].map(
        ({ from }) => from,
      );
    };
    const limitOf = (uid: string): number => {
      const limit = rules.find((rule) => rule.uid === uid)?.limit ?? { above: Number.NaN };
      return 'atLeast' in limit ? limit.atLeast : 'above' in limit ? limit.above : limit.below;
    };
    for (const uid of ['site-down', 'backup', 'suspect', 'flap', 'weak', 'reboot', 'loss', 'loss-crit', 'unparsed']) {
      const rule = rules.find((one) => one.uid === `sb-cisco-${uid}`);
      expect(steps(rule?.panel.id ?? 0), uid).toContain(limitOf(`sb-cisco-${uid}`));
    }
  });
});

test('the overview has the tile of sites that are down, and errors of severity 0 to 3', async () => {
  const overview = await cisco.overview?.();
  expect(overview?.tiles.map(({ id, title, links }) => [id, title, links?.[0]?.dashboard])).toEqual([
    [6, 'Sites down', 'sb-network'],
  ]);
  expect(overview?.errors?.query.where).toEqual([{ tag: 'severity', values: ['0', '1', '2', '3'] }]);
});

describe('on a stored log', () => {
  const directory = mkdtempSync(join(tmpdir(), 'switchboard-cisco-store-'));
  let store: Output | undefined;
  beforeAll(async () => {
    store = await duckdb.open({
      options: { retentionDays: 0 },
      measurements: [...ciscoMeasurements],
      directory,
      stdout: process.stdout,
    });
    const source = await LiveSource.start();
    const hub = '10.9.0.1';
    const dlci = (state: string): string =>
      `%FR-5-DLCICHANGE: Interface Serial0/0 - DLCI 101 state changed to ${state}`;
    source.feed(
      line(0, hub, 1, dlci('ACTIVE')),
      line(1000, hub, 2, dlci('INACTIVE')),
      line(1250, hub, 3, dlci('ACTIVE')),
    );
    source.feed(line(2000, hub, 4, dlci('ACTIVE'))).finish();
    const lines = source.sink.points();
    const batch = { lines: Buffer.from(lines.map((point) => `${point}\n`).join('')), points: lines.length };
    expect(await store.write(batch, new AbortController().signal)).toEqual({ kind: 'done', refused: [] });
  });
  afterAll(async () => {
    await store?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const ask = async (query: PanelQuery | undefined, fromSeconds: number, variables = {}) => {
    if (!query) throw new Error('no query');
    const range = {
      fromMs: startMs + fromSeconds * 1000,
      toMs: startMs + (fromSeconds + 3600) * 1000,
      windowMs: 3_600_000,
    };
    return (await store?.queries?.run(query, range, variables)) ?? [];
  };

  test('availability is what the buckets say, and nothing where there are none', async () => {
    const query = panel(4)?.queries[0];
    const [row] = await ask(query, -600, { svc: ['site-101'] });
    expect(row?.values.map((value) => Number(value).toFixed(4))).toEqual(['0.8750', '0.8750']);
    expect(await ask(query, -10 * 86_400)).toEqual([]);
  });

  test('a failure has a time to repair, and changes that were taken back are not listed', async () => {
    const table = await Promise.all((panel(24)?.queries ?? []).map((query) => ask(query, -600, { svc: ['site-101'] })));
    expect(table.flat().map(({ group, values }) => [group[0], values[0], values.at(-1)])).toEqual([
      ['site-101', 1, 250],
    ]);
    const changes = await ask(panel(27)?.queries[0], -600);
    expect(changes.map(({ timeMs, group, values }) => [(timeMs - startMs) / 1000, group[0], values[0]])).toEqual([
      [1250, 'site-101', 3],
      [1000, 'site-101', 1],
    ]);
  });
});
