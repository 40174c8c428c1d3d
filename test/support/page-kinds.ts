// A dashboard with a panel of every kind over answers that are written down, so that a test knows every text the page
// must show. The answers go through the page's real server; only the store behind it is replaced.
import { counter, gauge, measurement, tag, text } from '../../src/model/catalogue.ts';
import type { Annotation, Dashboard, Panel } from '../../src/model/panel.ts';
import { query } from '../../src/model/query.ts';
import type { PanelQuery, QueryEngine, QueryRange, ResultRow, VariableValues } from '../../src/model/query.ts';

/** What the panels ask; only its names matter, because the answers are given. */
const things = measurement({
  name: 'things',
  help: 'Things of a test.',
  tags: {
    peer: tag('peer'),
    hour: tag('hour'),
    weekday: tag('weekday'),
    le: tag('bound'),
    severity: tag('severity'),
    category: tag('category'),
  },
  fields: {
    count: counter('things', 'counted'),
    other: counter('things', 'counted too'),
    state: gauge('', 'state'),
    ratio: gauge('', 'ratio'),
    size: gauge('bytes', 'size'),
    duration_s: gauge('s', 'duration'),
    summary: text('summary'),
  },
});

type Answer = (range: QueryRange, variables: VariableValues) => readonly ResultRow[];

/** Texts that would do harm, or spoil the page, if they were more than text. */
export const hostileTexts = {
  markup: '<img src=x onerror=alert(1)><script>document.title="owned"</script>',
  bidi: '\u202Egnp.exe\u202C \u200F\u0007',
  long: `${'very-long-name-without-any-break'.repeat(12)}-end`,
} as const;

const byPeer = [{ tag: 'peer', variable: 'peer' }] as const;

/** Rows of windows: a value for each, by group. */
function windows(
  range: QueryRange,
  groups: readonly string[],
  valueOf: (place: number, share: number, group: string) => number | null,
): readonly ResultRow[] {
  const first = Math.floor(range.fromMs / range.windowMs) * range.windowMs;
  const count = Math.ceil((range.toMs - first) / range.windowMs);
  return groups.flatMap((group) =>
    Array.from({ length: count }, (_, place) => ({
      group: [group],
      timeMs: first + place * range.windowMs,
      values: [valueOf(place, place / count, group)],
    })),
  );
}

const row = (timeMs: number, group: readonly string[], ...values: readonly (number | string | null)[]): ResultRow => ({
  group,
  timeMs,
  values,
});

const answers = new Map<string, Answer>();

/** A query whose answer is given; the first selection's name finds it again. */
function given(key: string, question: Parameters<typeof query<typeof things>>[1], answer: Answer): PanelQuery {
  answers.set(key, answer);
  const [first, ...others] = question.select;
  return query(things, { ...question, select: first ? [{ as: key, ...first }, ...others] : [] });
}

const count = { field: 'count', aggregate: 'sum' } as const;
const place = { width: 8, height: 8, description: 'What it shows, what is normal, and what to do.' } as const;

const hours = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));
const bounds = ['0.1', '0.5', '1', '2.5', '5', '10', '+Inf'];

const numbers: readonly Panel[] = [
  {
    ...place,
    id: 1,
    type: 'stat',
    title: 'Linked number',
    queries: [given('linked', { select: [count], over: 'range' }, (range) => [row(range.fromMs, [], 15_234)])],
    unit: 'short',
    colour: 'background',
    sparkline: false,
    thresholds: [{ tone: 'good' }, { from: 10_000, tone: 'warning' }],
    links: [{ title: 'To the other dashboard', dashboard: 'test-other' }],
    width: 6,
    height: 5,
  },
  {
    ...place,
    id: 2,
    type: 'gauge',
    title: 'Answered',
    queries: [given('answered', { select: [count], over: 'range' }, (range) => [row(range.fromMs, [], 0.873)])],
    unit: 'percentunit',
    min: 0,
    max: 1,
    thresholds: [{ tone: 'critical' }, { from: 0.4, tone: 'warning' }, { from: 0.6, tone: 'good' }],
    width: 6,
    height: 5,
  },
  {
    ...place,
    id: 3,
    type: 'gauge',
    title: 'Never measured',
    queries: [given('never', { select: [count], over: 'range' }, () => [])],
    unit: 'percent',
    min: 0,
    max: 100,
    noValue: 'never measured',
    width: 6,
    height: 5,
  },
  {
    ...place,
    id: 4,
    type: 'bargauge',
    title: 'Linked bars',
    queries: [
      given('bars', { select: [count], where: byPeer, groupBy: ['peer'], over: 'range' }, (range) => [
        row(range.fromMs, ['trunk-1'], 1536),
        row(range.fromMs, ['trunk-2'], 5_242_880),
      ]),
    ],
    unit: 'bytes',
    links: [{ title: 'Only this trunk', dashboard: 'test-kinds', variables: { peer: 'peer' } }],
    width: 6,
    height: 5,
  },
];

const shapes: readonly Panel[] = [
  {
    ...place,
    id: 5,
    type: 'barchart',
    title: 'By hour of day',
    queries: [
      given('failures', { select: [count], groupBy: ['hour'], over: 'range' }, (range) =>
        hours.toReversed().map((hour, index) => row(range.fromMs, [hour], (index * 7) % 31)),
      ),
    ],
    unit: 'short',
  },
  {
    ...place,
    id: 6,
    type: 'barchart',
    title: 'By weekday',
    queries: [
      given(
        'raised',
        { select: [count, { field: 'other', aggregate: 'sum', as: 'resolved' }], groupBy: ['weekday'], over: 'range' },
        (range) =>
          ['Sun', 'Mon', 'Wed', 'Tue', 'Sat', 'Fri', 'Thu'].map((day, index) =>
            row(range.fromMs, [day], index + 3, index === 2 ? null : index + 1),
          ),
      ),
    ],
    unit: 'short',
  },
  {
    ...place,
    id: 7,
    type: 'heatmap',
    title: 'Set-up time',
    queries: [
      given('setups', { select: [count], groupBy: ['le'], fill: 'zero' }, (range) =>
        windows(range, bounds.toReversed(), (slot, share, bound) => {
          const height = bounds.indexOf(bound);
          const middle = 2.5 + 1.8 * Math.sin(share * 9);
          return Math.max(0, Math.round(90 * Math.exp(-((height - middle) ** 2)) - (slot % 3)));
        }),
      ),
    ],
    unit: 'short',
  },
  {
    ...place,
    id: 8,
    type: 'state-timeline',
    title: 'Reachability',
    queries: [
      given(
        'state',
        { select: [{ field: 'state', aggregate: 'last' }], groupBy: ['peer'], fill: 'previous' },
        (range) =>
          windows(range, ['trunk-1', 'trunk-2', 'trunk-3', hostileTexts.markup], (_, share, peer) => {
            if (peer === 'trunk-1') return share < 0.4 ? 1 : share < 0.6 ? 0 : 1;
            if (peer === 'trunk-2') return share < 0.3 ? null : share < 0.7 ? 2 : 1;
            if (peer === 'trunk-3') return share > 0.5 && share < 0.503 ? 0 : 1;
            return 3;
          }),
      ),
    ],
    unit: 'none',
    legend: '{peer}',
    valueTexts: [
      { value: 1, text: 'Up', tone: 'good' },
      { value: 2, text: 'Suspect', tone: 'warning' },
      { value: 0, text: 'Down', tone: 'critical' },
    ],
    width: 16,
    height: 8,
  },
  {
    ...place,
    id: 9,
    type: 'status-history',
    title: 'Backup tests',
    queries: [
      given(
        'pass',
        { select: [{ field: 'state', aggregate: 'last' }], groupBy: ['peer'], minWindowSeconds: 900, fill: 'null' },
        (range) =>
          windows(range, ['site-a', 'site-b'], (slot, _, peer) =>
            peer === 'site-b' && slot % 5 === 3 ? null : slot % 7 === 2 ? 0 : 1,
          ),
      ),
    ],
    unit: 'none',
    valueTexts: [
      { value: 1, text: 'Passed', tone: 'good' },
      { value: 0, text: 'Failed', tone: 'critical' },
    ],
  },
];

const series: readonly Panel[] = [
  {
    ...place,
    id: 10,
    type: 'timeseries',
    title: 'Many parts',
    queries: [
      given('parts', { select: [count], groupBy: ['category'], minWindowSeconds: 300 }, (range) =>
        windows(
          range,
          Array.from({ length: 14 }, (_, index) => `part ${index + 1}`),
          (slot, _, part) => ((slot + part.length) % 6 === 0 ? null : 1 + ((slot * 7 + Number(part.slice(5)) * 3) % 9)),
        ),
      ),
    ],
    unit: 'short',
    draw: 'bars',
    stacked: true,
    width: 12,
    height: 9,
  },
  {
    ...place,
    id: 11,
    type: 'timeseries',
    title: 'A value between gaps',
    queries: [
      given('lonely', { select: [{ field: 'ratio', aggregate: 'mean' }], groupBy: ['peer'] }, (range) => {
        const count = windows(range, [''], () => 0).length;
        return windows(range, ['alone', 'steady'], (slot, share, peer) => {
          if (peer === 'alone') return slot === Math.floor(count / 2) ? 0.7 : null;
          return share > 0.3 && share < 0.4 ? null : 0.3 + 0.1 * Math.sin(share * 12);
        });
      }),
    ],
    unit: 'percentunit',
    thresholds: [{ tone: 'good' }, { from: 0.6, tone: 'critical' }],
    draw: 'lines',
    stacked: false,
    width: 12,
    height: 9,
  },
  {
    ...place,
    id: 12,
    type: 'timeseries',
    title: 'Hostile names',
    queries: [
      given('names', { select: [count], groupBy: ['peer'] }, (range) =>
        windows(range, Object.values(hostileTexts), (slot, _, peer) => (slot % 10) + peer.length / 40),
      ),
    ],
    unit: 'cps',
    draw: 'lines',
    stacked: false,
  },
  {
    ...place,
    id: 13,
    type: 'timeseries',
    title: 'Refused',
    queries: [given('refused', { select: [count] }, (range) => windows(range, [''], (slot) => slot % 4))],
    unit: 'short',
    draw: 'lines',
    stacked: false,
  },
];

const words: readonly Panel[] = [
  {
    ...place,
    id: 14,
    type: 'table',
    title: 'History',
    queries: [
      given(
        'summary',
        {
          select: [
            { field: 'summary', aggregate: 'last' },
            { field: 'duration_s', aggregate: 'last', as: 'took' },
            { field: 'state', aggregate: 'last', as: 'state' },
          ],
          groupBy: ['severity', 'peer'],
          over: 'rows',
          limit: 100,
        },
        (range) => [
          row(range.toMs - 60_000, ['critical', 'trunk-9'], 'Trunk 9 is down', 7260, 1),
          row(range.toMs - 120_000, ['warning', 'trunk-10'], hostileTexts.markup, null, 0),
          row(range.toMs - 180_000, ['critical', 'trunk-9'], hostileTexts.long, 59, 0),
        ],
      ),
    ],
    unit: 'short',
    noValue: 'open',
    columns: {
      time: { heading: 'When' },
      severity: { heading: 'Severity', textTones: { critical: 'critical', warning: 'warning' } },
      summary: { heading: 'Summary' },
      took: { heading: 'Duration', unit: 'dtdurations', decimals: 1 },
      state: {
        heading: 'State',
        valueTexts: [
          { value: 1, text: 'Firing', tone: 'critical' },
          { value: 0, text: 'Resolved', tone: 'good' },
        ],
      },
    },
    width: 14,
    height: 9,
  },
  {
    ...place,
    id: 15,
    type: 'table',
    title: 'Peers',
    queries: [
      given(
        'used',
        {
          select: [
            { field: 'size', aggregate: 'last' },
            { field: 'ratio', aggregate: 'last', as: 'share' },
          ],
          groupBy: ['peer'],
          over: 'range',
        },
        (range) => [
          row(range.toMs - 300_000, ['trunk-2'], 2048, 0.42),
          row(range.toMs - 4000, ['trunk-10'], 1_610_612_736, 0.97),
          row(range.toMs - 7_200_000, ['trunk-1'], null, 0.81),
        ],
      ),
    ],
    unit: 'short',
    columns: {
      peer: { heading: 'Peer' },
      used: { heading: 'Used', unit: 'bytes' },
      share: {
        heading: 'Share',
        unit: 'percentunit',
        decimals: 1,
        thresholds: [{ tone: 'good' }, { from: 0.8, tone: 'warning' }, { from: 0.95, tone: 'critical' }],
      },
      time: { heading: 'Last seen', unit: 'dateTimeFromNow' },
    },
    sortBy: 'Share',
    links: [
      { title: 'Only this peer', dashboard: 'test-kinds', variables: { peer: 'peer' } },
      { title: 'Elsewhere', dashboard: 'test-other', variables: { peer: 'peer' } },
    ],
    width: 10,
    height: 9,
  },
  {
    ...place,
    id: 16,
    type: 'text',
    title: 'How to read this',
    queries: [],
    unit: 'none',
    markdown: [
      '# First look here',
      '',
      'A **red** lane means that a peer is `Down`. See [the other one](/d/test-other) or',
      '[the manual](https://example.org/manual), not [this](javascript:alert(1)).',
      '',
      '- one',
      '- two <b>bold</b>',
      '',
      '1. first',
      '2. second',
    ].join('\n'),
  },
  { ...place, id: 17, type: 'alertlist', title: 'Active alerts', queries: [], unit: 'none', width: 16 },
];

/** A panel of every kind. */
export const kindsDashboard: Dashboard = {
  uid: 'test-kinds',
  title: 'Kinds',
  description: 'A panel of every kind over answers that are known.',
  folder: 'Tests',
  tags: [],
  defaultRangeSeconds: 6 * 3600,
  refreshSeconds: 60,
  variables: [{ name: 'peer', label: 'Peer', measurement: things, tag: 'peer' }],
  sections: [
    { title: 'Numbers', panels: numbers },
    { title: 'Shapes', panels: shapes },
    { title: 'Series', panels: series },
    { title: 'Words', panels: words },
  ],
};

/** A dashboard to go to. */
export const otherDashboard: Dashboard = {
  ...kindsDashboard,
  uid: 'test-other',
  title: 'Other',
  description: 'Somewhere else.',
  folder: 'Elsewhere',
  sections: [{ title: '', panels: numbers.slice(0, 1) }],
};

/** The dashboard that the page begins with. */
export const overviewDashboard: Dashboard = {
  ...otherDashboard,
  uid: 'sb-overview',
  title: 'Overview',
  description: 'Is anything wrong right now, and where?',
  folder: 'Switchboard',
};

/** Two kinds of events; the second one comes too often to have a flag each. */
export const testAnnotations: readonly Annotation[] = [
  {
    id: 'alerts',
    name: 'Alerts',
    tone: 'critical',
    query: given(
      'alertText',
      { select: [{ field: 'summary', aggregate: 'last' }], groupBy: ['severity', 'peer'], over: 'rows' },
      (range) => [
        row(range.toMs - (range.toMs - range.fromMs) * 0.25, ['critical', 'trunk-9'], 'Trunk 9 is down'),
        row(range.toMs - (range.toMs - range.fromMs) * 0.6, ['warning', ''], hostileTexts.markup),
      ],
    ),
  },
  {
    id: 'restarts',
    name: 'Restarts',
    tone: 'neutral',
    query: given('restartText', { select: [{ field: 'count', aggregate: 'last' }], over: 'rows' }, (range) =>
      Array.from({ length: 600 }, (_, index) => row(range.toMs - index * 1000, [], 1)),
    ),
  },
];

/** A store that gives the answers; it remembers what it was asked. */
export class GivenAnswers implements QueryEngine {
  readonly asked: { query: PanelQuery; range: QueryRange; variables: VariableValues }[] = [];
  /** Undefined: nothing is stored. */
  stored: { fromMs: number; toMs: number } | undefined;
  /** Why the panel `Refused` gets no answer; undefined: it gets one. */
  fault: string | undefined;

  run(asked: PanelQuery, range: QueryRange, variables: VariableValues): Promise<readonly ResultRow[]> {
    this.asked.push({ query: asked, range, variables });
    return Promise.resolve().then(() => {
      if (this.fault !== undefined && asked.select[0]?.as === 'refused') throw new Error(this.fault);
      const answer = answers.get(asked.select[0]?.as ?? '');
      if (!answer || !this.stored) return [];
      const rows = answer(range, variables);
      return asked.over === 'rows' ? rows.slice(0, asked.limit) : rows;
    });
  }

  tagValues(): Promise<readonly string[]> {
    return Promise.resolve(['trunk-1', 'trunk-2', 'trunk-10', hostileTexts.markup].toSorted());
  }

  span(): Promise<{ fromMs: number; toMs: number } | undefined> {
    return Promise.resolve(this.stored);
  }
}

/** What `/api/alerts` answers in tests. */
export function alertsAt(nowMs: number): object {
  const alert = {
    ruleUid: 'sb-trunk-down',
    title: 'Trunk down',
    severity: 'critical',
    state: 'firing',
    activeSinceMs: nowMs - 300_000,
    labels: { alertname: 'Trunk down', severity: 'critical', peer: 'trunk-9', note: hostileTexts.markup },
    summary: 'Trunk 9 does not answer',
    value: 3.44159,
    dashboard: 'test-kinds',
    panel: 8,
    silencedUntilMs: null,
  };
  return {
    alerts: [
      {
        ...alert,
        title: 'Slow set-up',
        severity: 'warning',
        state: 'pending',
        activeSinceMs: nowMs - 5000,
        value: null,
      },
      { ...alert, title: 'All is well', state: 'normal' },
      {
        ...alert,
        title: 'Disk',
        severity: 'warning',
        silencedUntilMs: nowMs + 3_600_000,
        dashboard: null,
        panel: null,
      },
      alert,
    ],
  };
}
