// What the panels of the family share: the filters of the dashboard's variables, and limits.
import type { ThresholdStep, Tone } from '../../model/panel.ts';
import { ecsLimits } from './limits.ts';
import { knownMethods } from './sip-message.ts';

/** Denial numbers that say "a registration was refused" (ecs 8). */
export const refusals: readonly string[] = ['1911', '1926', '1934'];

/** The filter of every panel. */
export const byHost = [{ tag: 'host', variable: 'host' }] as const;

/** The filters of panels about denials. */
export const byDenial = [
  { tag: 'host', variable: 'host' },
  { tag: 'event', variable: 'event' },
  { tag: 'category', variable: 'category' },
] as const;

/** The filters of panels about denials that do not know the number. */
export const byCategory = [
  { tag: 'host', variable: 'host' },
  { tag: 'category', variable: 'category' },
] as const;

/** Green, orange from, red from. */
export function rising(warning: number, critical: number): readonly ThresholdStep[] {
  return [{ tone: 'good' }, { from: warning, tone: 'warning' }, { from: critical, tone: 'critical' }];
}

/** A line at the limit of an alert. */
export function lineAt(from: number, tone: 'warning' | 'critical' = 'critical'): readonly ThresholdStep[] {
  return [{ tone: 'neutral' }, { from, tone }];
}

/** Steps of the share of calls that were answered. */
export const answeredSteps: readonly ThresholdStep[] = [
  { tone: 'critical' },
  { from: ecsLimits.sipAnswered.critical, tone: 'warning' },
  { from: ecsLimits.sipAnswered.warning, tone: 'good' },
];

/** The filters of panels about SIP that know the direction. */
export const bySip = [
  { tag: 'host', variable: 'host' },
  { tag: 'local_ip', variable: 'local_ip' },
  { tag: 'remote_ip', variable: 'remote_ip' },
  { tag: 'direction', variable: 'direction' },
] as const;

/** The filters of panels about trunks as a whole. */
export const byTrunk = [
  { tag: 'host', variable: 'host' },
  { tag: 'local_ip', variable: 'local_ip' },
  { tag: 'remote_ip', variable: 'remote_ip' },
] as const;

/** Values of the tag `type` that are requests. */
export const requestTypes: readonly string[] = [...knownMethods, 'other'];

/** Status codes with a registered meaning; others have a colour of Grafana's choice. */
const statuses =
  '100 180 181 182 183 199 200 202 204 300 301 302 305 380 400 401 402 403 404 405 406 407 408 410 412 413 414 415 416 417 420 421 422 423 424 425 428 429 430 433 436 437 438 439 440 469 470 480 481 482 483 484 485 486 487 488 489 491 493 494 500 501 502 503 504 505 513 555 580 600 603 604 606 607 608';
const toneOfClass: Readonly<Record<string, Tone>> = {
  '1': 'neutral',
  '2': 'good',
  '3': 'neutral',
  '4': 'warning',
  '5': 'critical',
  '6': 'serious',
};

/** Colours of status codes by their first digit. */
export const statusTones: Readonly<Record<string, Tone>> = Object.fromEntries(
  statuses.split(' ').map((status) => [status, toneOfClass[status[0] ?? ''] ?? 'neutral']),
);
