// What the panels of the family share: filters of the dashboard's variables, texts and colours of states, links.
import type { DrillLink, ThresholdStep, ValueText } from '../../../model/panel.ts';

/** The filters of panels about services. */
export const bySvc = [
  { tag: 'site', variable: 'site' },
  { tag: 'svc', variable: 'svc' },
] as const;

/** The filter of panels about sites. */
export const bySite = [{ tag: 'site', variable: 'site' }] as const;

/** The filter of panels about devices. */
export const byDev = [{ tag: 'dev', variable: 'dev' }] as const;

/** States of a service. */
export const stateTexts: readonly ValueText[] = [
  { value: 3, text: 'Up', tone: 'good' },
  { value: 2, text: 'On backup', tone: 'warning' },
  { value: 1, text: 'Down', tone: 'critical' },
  { value: 0, text: 'Unknown', tone: 'neutral' },
];

/** Something that is so, or not. */
export const yesNo: readonly ValueText[] = [
  { value: 0, text: 'no', tone: 'neutral' },
  { value: 1, text: 'yes', tone: 'warning' },
];

/** Leads to the same dashboard for one service. */
export const toService: readonly DrillLink[] = [
  { title: 'Only this service', dashboard: 'sb-network', variables: { svc: 'svc' } },
];
/** Leads to the same dashboard for one site. */
export const toSite: readonly DrillLink[] = [
  { title: 'Only this site', dashboard: 'sb-network', variables: { site: 'site' } },
];
/** Leads to the same dashboard for one device. */
export const toDevice: readonly DrillLink[] = [
  { title: 'Only this device', dashboard: 'sb-network', variables: { dev: 'dev' } },
];

/** Green, orange from, red from. */
export function rising(warning: number, critical: number): readonly ThresholdStep[] {
  return [{ tone: 'good' }, { from: warning, tone: 'warning' }, { from: critical, tone: 'critical' }];
}

/** Green, and another colour from. */
export function good(from: number, tone: 'warning' | 'critical'): readonly ThresholdStep[] {
  return [{ tone: 'good' }, { from, tone }];
}
