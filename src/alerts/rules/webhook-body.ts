// The body of a webhook message, key by key what Grafana's webhook contact point sends (grafana 14): a receiver that
// understands Grafana understands this.
import type { ActiveAlert } from './active-alert.ts';
import type { AlertLinks } from './links.ts';
import type { Labels } from './policy.ts';

/** Some alerts of one group that are told together. */
export interface GroupMessage {
  readonly receiver: string;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  /** Firing ones first. */
  readonly alerts: readonly ActiveAlert[];
  /** Alerts that were left out. */
  readonly truncated: number;
  /** Where the page is; empty when there is none. */
  readonly pageUrl: string;
  readonly linksOf: (alert: ActiveAlert) => AlertLinks;
}

/** Year 1: it has not ended. */
const notEnded = '0001-01-01T00:00:00Z';

/** The body as a value for JSON. */
export function webhookBody(message: GroupMessage): Readonly<Record<string, unknown>> {
  const { receiver, groupKey, groupLabels, alerts, truncated, pageUrl } = message;
  const told = alerts.map((alert) => alertBody(alert, message.linksOf(alert)));
  const isFiring = alerts.some(({ endsMs }) => endsMs === undefined);
  const commonLabels = common(alerts.map(({ labels }) => labels));
  return {
    receiver,
    status: isFiring ? 'firing' : 'resolved',
    alerts: told,
    groupLabels,
    commonLabels,
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
    externalURL: pageUrl,
    version: '1',
    groupKey,
    truncatedAlerts: truncated,
    orgId: 1,
    title: titleOf(alerts, groupLabels, commonLabels),
    state: isFiring ? 'alerting' : 'ok',
    message: messageOf(told),
  };
}

interface AlertBody {
  readonly status: 'firing' | 'resolved';
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
  readonly fingerprint: string;
  readonly silenceURL: string;
  readonly dashboardURL: string;
  readonly panelURL: string;
  readonly ruleUID: string;
  readonly values: Readonly<Record<string, number>> | null;
  readonly valueString: string;
  readonly orgId: number;
}

function alertBody(alert: ActiveAlert, links: AlertLinks): AlertBody {
  const { labels, annotations, startsMs, endsMs, fingerprint, ruleUid, values, valueString } = alert;
  return {
    status: endsMs === undefined ? 'firing' : 'resolved',
    labels,
    annotations,
    startsAt: new Date(startsMs).toISOString(),
    endsAt: endsMs === undefined ? notEnded : new Date(endsMs).toISOString(),
    generatorURL: links.generator,
    fingerprint,
    silenceURL: links.silence,
    dashboardURL: links.dashboard,
    panelURL: links.panel,
    ruleUID: ruleUid,
    values: Object.keys(values).length === 0 ? null : values,
    valueString,
    orgId: 1,
  };
}

/** What all have with the same value. */
function common(groups: readonly Labels[]): Labels {
  const [first, ...others] = groups;
  const pairs = Object.entries(first ?? {});
  return Object.fromEntries(pairs.filter(([name, value]) => others.every((other) => other[name] === value)));
}

/** The name first, then the others by name, as Grafana sorts them. */
function sorted(labels: Labels): [string, string][] {
  const rank = (name: string): string => (name === 'alertname' ? '' : name);
  return Object.entries(labels).toSorted(([first], [second]) => (rank(first) < rank(second) ? -1 : 1));
}

/** `[FIRING:2, RESOLVED:1] Title Folder (critical ecs avaya)`. */
function titleOf(alerts: readonly ActiveAlert[], groupLabels: Labels, commonLabels: Labels): string {
  const resolved = alerts.filter(({ endsMs }) => endsMs !== undefined).length;
  const firing = alerts.length - resolved;
  const counts = firing === 0 ? `RESOLVED` : `FIRING:${firing}${resolved > 0 ? `, RESOLVED:${resolved}` : ''}`;
  const values = (labels: Labels): string =>
    sorted(labels)
      .map(([, value]) => value)
      .join(' ');
  const others = Object.fromEntries(Object.entries(commonLabels).filter(([name]) => !(name in groupLabels)));
  const rest = values(others);
  return `[${counts}] ${values(groupLabels)}${rest === '' ? '' : ` (${rest})`}`;
}

/** The plain text of a message: first what fires, then what is over. */
function messageOf(alerts: readonly AlertBody[]): string {
  const part = (status: AlertBody['status'], title: string): string => {
    const members = alerts.filter((alert) => alert.status === status);
    return members.length === 0 ? '' : `**${title}**\n${members.map(alertText).join('')}`;
  };
  return [part('firing', 'Firing'), part('resolved', 'Resolved')].filter((text) => text !== '').join('\n\n');
}

function alertText(alert: AlertBody): string {
  const values = Object.entries(alert.values ?? {}).map(([ref, value]) => `${ref}=${value}`);
  const lines = (pairs: Labels): string[] => sorted(pairs).map(([name, value]) => ` - ${name} = ${value}`);
  const link = (name: string, url: string): string[] => (url === '' ? [] : [`${name}: ${url}`]);
  return [
    '',
    `Value: ${values.length === 0 ? '[no value]' : values.join(', ')}`,
    'Labels:',
    ...lines(alert.labels),
    'Annotations:',
    ...lines(alert.annotations),
    ...link('Source', alert.generatorURL),
    ...link('Silence', alert.silenceURL),
    ...link('Dashboard', alert.dashboardURL),
    ...link('Panel', alert.panelURL),
    '',
  ].join('\n');
}
