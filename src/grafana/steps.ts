// Steps of colour that panels of several dashboards share.
import type { ThresholdStep } from '../model/panel.ts';

/** Good, then warning, then critical. */
export function rising({
  warning,
  critical,
}: {
  readonly warning: number;
  readonly critical: number;
}): readonly ThresholdStep[] {
  return [{ tone: 'good' }, { from: warning, tone: 'warning' }, { from: critical, tone: 'critical' }];
}

/** One line in a chart, at the limit of the alert. */
export function line(critical: number): readonly ThresholdStep[] {
  return [{ tone: 'neutral' }, { from: critical, tone: 'critical' }];
}
