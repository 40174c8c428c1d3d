// Who is told how often: provisioning/alerting/policies.yaml and mute-timings.yaml as data. A test holds both against
// these files, so that the embedded mode and Grafana send alike.

/** Labels of an alert. */
export type Labels = Readonly<Record<string, string>>;

/** Times in which a route sends nothing: all of the given conditions hold, in UTC. */
export interface MuteInterval {
  /** Minutes of the day, the second exclusive. */
  readonly minutes?: readonly [from: number, to: number];
  /** 0 (Sunday) to 6. */
  readonly weekdays?: readonly number[];
}

/** One way of messages. */
export interface Route {
  /** The matcher as it stands in the key of a group; empty for the root. */
  readonly matcher: string;
  matches(labels: Labels): boolean;
  readonly groupBy: readonly string[];
  /** How long a new group waits for more alerts. */
  readonly groupWaitMs: number;
  /** How long a group that was told waits before it tells of changes. */
  readonly groupIntervalMs: number;
  /** After how long an unchanged group that still fires is told again. */
  readonly repeatIntervalMs: number;
  readonly muted: readonly MuteInterval[];
}

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

/** Names under which Grafana tells that a rule has no data or cannot be evaluated. */
export const storeAlertNames = { nodata: 'DatasourceNoData', error: 'DatasourceError' } as const;

/** Messages of severity info wait for office hours. */
export const outsideOfficeHours: readonly MuteInterval[] = [
  { minutes: [18 * 60, 24 * 60] },
  { minutes: [0, 7 * 60] },
  { weekdays: [6, 0] },
];

const root: Route = {
  matcher: '',
  matches: () => true,
  groupBy: ['grafana_folder', 'alertname'],
  groupWaitMs: 30 * secondMs,
  groupIntervalMs: 5 * minuteMs,
  repeatIntervalMs: 4 * hourMs,
  muted: [],
};

/** The routes in their order; the first that matches takes the alert, the last one takes every other. */
export const routes: readonly Route[] = [
  {
    ...root,
    matcher: 'severity="critical"',
    matches: ({ severity }) => severity === 'critical',
    groupWaitMs: 10 * secondMs,
    groupIntervalMs: minuteMs,
    repeatIntervalMs: hourMs,
  },
  {
    ...root,
    matcher: `alertname=~"${storeAlertNames.nodata}|${storeAlertNames.error}"`,
    matches: ({ alertname }) => alertname === storeAlertNames.nodata || alertname === storeAlertNames.error,
    groupBy: ['alertname'],
    repeatIntervalMs: 12 * hourMs,
  },
  {
    ...root,
    matcher: 'severity="info"',
    matches: ({ severity }) => severity === 'info',
    muted: outsideOfficeHours,
  },
  root,
];

/** The receiver that messages name. */
export const receiverName = 'switchboard-receiver';
/** The most alerts in one message to somebody else, as in contact-points.yaml. */
export const maxAlertsTold = 50;

/** The route of an alert. */
export function routeOf(labels: Labels): Route {
  return routes.find((route) => route.matches(labels)) ?? root;
}

/** True while a route sends nothing. */
export function isMuted({ muted }: Route, nowMs: number): boolean {
  const now = new Date(nowMs);
  const minute = now.getUTCHours() * 60 + now.getUTCMinutes();
  return muted.some(
    ({ minutes, weekdays }) =>
      (minutes === undefined || (minute >= minutes[0] && minute < minutes[1])) &&
      (weekdays === undefined || weekdays.includes(now.getUTCDay())),
  );
}

/** The labels of a group that an alert belongs to; a label that it does not have is empty, as in Grafana. */
export function groupLabelsOf({ groupBy }: Route, labels: Labels): Labels {
  return Object.fromEntries(groupBy.flatMap((name) => (name in labels ? [[name, labels[name] ?? '']] : [])));
}

/** `{}/{severity="critical"}:{alertname="...", grafana_folder="..."}`. */
export function groupKeyOf({ matcher }: Route, groupLabels: Labels): string {
  const pairs = Object.entries(groupLabels).toSorted(([first], [second]) => (first < second ? -1 : 1));
  const text = pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ');
  return `{}${matcher === '' ? '' : `/{${matcher}}`}:{${text}}`;
}
