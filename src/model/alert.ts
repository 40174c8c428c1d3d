// An alert rule as data: rendered as provisioning of Grafana, and plain enough to be evaluated in process (DESIGN 4).
// Every question gives one number for each group of tags; what those groups are called is in `groupBy`.
import type { Unit } from './panel.ts';
import type { PanelQuery } from './query.ts';

/** `critical` wakes a person, `warning` waits for the morning, `info` for office hours. */
export type Severity = 'critical' | 'warning' | 'info';

/** A query of one number over a range that ends at, or some time before, the moment of evaluation. */
export interface AlertQuestion {
  /** One selection over the whole range, without variables of a dashboard. Each group is an alert of its own. */
  readonly query: PanelQuery;
  /** Beginning and end of the range in whole seconds before the evaluation; `fromSeconds` is the greater. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** A limit that a number has to pass. `atLeast` is for whole numbers only. */
export type Limit = { readonly above: number } | { readonly atLeast: number } | { readonly below: number };

/** Rules that are evaluated together. */
export interface AlertGroup {
  readonly name: string;
  /** A multiple of 10 s; durations of the rules are multiples of it. */
  readonly intervalSeconds: number;
}

/** One rule. */
export interface AlertRule {
  /** Stable, `sb-<family>-<what>`; also the heading of its section in the runbook. */
  readonly uid: string;
  readonly title: string;
  readonly group: AlertGroup;
  /** Family of the log; left out where the tag `family` of the groups says it. */
  readonly family?: string;
  /** What people call the thing that is watched: `avaya`, `pipeline`. */
  readonly service: string;
  readonly severity: Severity;
  readonly measured: AlertQuestion;
  /**
   * A second number of the same tags, taken from the first (`minus`) or dividing it (`over`, times `times`). Groups
   * that only one of them has are no alert.
   */
  readonly comparedWith?: {
    readonly question: AlertQuestion;
    readonly how: 'minus' | 'over';
    readonly times?: number;
  };
  readonly limit: Limit;
  /** A second condition, as the least volume of a ratio; its question may be one of those above. */
  readonly onlyIf?: { readonly question: AlertQuestion; readonly limit: Limit };
  /** How long the condition must hold, a multiple of the group's interval; 0: at once. */
  readonly forSeconds: number;
  /** What it means when the store answers with nothing at all: all is well, it cannot be known, or it is the alarm. */
  readonly silence: 'normal' | 'unknown' | 'failure';
  /** How `{value}` is written. */
  readonly unit: Extract<Unit, 'short' | 'percentunit' | 's' | 'none'>;
  /** One line for a telephone's screen, with `{value}` and `{tag}` of the groups in it. */
  readonly summary: string;
  /** What it means and what to do first, with the same places. */
  readonly description: string;
  /** Page below `docs/runbooks/`, without `.md`. */
  readonly runbook: string;
  /** The panel that shows it. */
  readonly panel: { readonly dashboard: string; readonly id: number };
  /** Why this limit and no other. */
  readonly reason: string;
}

/** The last `seconds`, but for the newest `delaySeconds`, which may not be complete yet. */
export function lately(query: PanelQuery, seconds: number, delaySeconds = 0): AlertQuestion {
  return { query, fromSeconds: seconds + delaySeconds, toSeconds: delaySeconds };
}
