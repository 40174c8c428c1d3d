// What the panels of the family share: the filters of the dashboard's variables, and limits.
import type { ThresholdStep } from '../../model/panel.ts';

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
