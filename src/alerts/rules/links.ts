// Links of alerts to the live page: the address bar of the page is its state, so a link shows what was meant.
import type { ActiveAlert } from './active-alert.ts';

/** Where the page is, and which variables its dashboards have. */
export interface LinkPlaces {
  /** With a slash at its end; empty when there is no page. */
  pageUrl(): string;
  /** Tags by the name of the variable that chooses them. */
  variables(dashboard: string): Readonly<Record<string, string>>;
}

/** Links of one alert; empty texts when there is no page. */
export interface AlertLinks {
  readonly generator: string;
  readonly silence: string;
  readonly dashboard: string;
  readonly panel: string;
}

/** What is shown before the start of an alert. */
const beforeMs = 3_600_000;

/** The links of an alert at `nowMs`. */
export function linksOf(alert: ActiveAlert, places: LinkPlaces, nowMs: number): AlertLinks {
  const page = places.pageUrl();
  if (page === '') return { generator: '', silence: '', dashboard: '', panel: '' };
  const range = new URLSearchParams({ from: String(alert.startsMs - beforeMs), to: String(alert.endsMs ?? nowMs) });
  for (const [name, tag] of Object.entries(places.variables(alert.dashboard))) {
    const value = alert.labels[tag];
    if (value !== undefined) range.append(`var-${name}`, value);
  }
  const dashboard = `${page}d/${encodeURIComponent(alert.dashboard)}?${range}`;
  const rule = encodeURIComponent(alert.ruleUid);
  return {
    generator: `${page}alerts?rule=${rule}`,
    silence: `${page}alerts?rule=${rule}&silence=${alert.fingerprint}`,
    dashboard,
    panel: `${dashboard}&viewPanel=${alert.panel}`,
  };
}
