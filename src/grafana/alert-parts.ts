// What the panels about alerts share: filters, colours of severities and states.
import type { Tone } from '../model/panel.ts';

/** Colours of the label severity. */
export const severityTones: Readonly<Record<string, Tone>> = {
  critical: 'critical',
  warning: 'warning',
  info: 'neutral',
};

/** Colours of the tag status. */
export const statusTones: Readonly<Record<string, Tone>> = { firing: 'critical', resolved: 'good' };

/** The variables of the dashboard `Alerts history`. */
export const where = [
  { tag: 'severity', variable: 'severity' },
  { tag: 'service', variable: 'service' },
  { tag: 'alertname', variable: 'alertname' },
] as const;
