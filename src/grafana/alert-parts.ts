// What the panels about alerts share: limits, filters, colours of severities and states.
import type { Tone } from '../model/panel.ts';

/** From these values on a person should look, or act. */
export const alertLimits = {
  /** Alerts that fire at once. */
  firing: { warning: 1, critical: 5 },
  /** How long alerts stay open. */
  openSeconds: { warning: 3600, critical: 4 * 3600 },
  /** Raised so often a day, so many times at least, and over so soon: the rule is too nervous, or the cause comes and goes. */
  flapping: { perDay: 5, times: 2, seconds: 600 },
} as const;

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
