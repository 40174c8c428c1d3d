// What the live page shows of alerts and may do about them; the evaluation of alerts offers it, `app` joins both.
import type { Severity } from './alert.ts';

/** An alert that fires or is about to. Times are epoch milliseconds. */
export interface BoardAlert {
  /** The same for one alert over time. */
  readonly fingerprint: string;
  readonly ruleUid: string;
  readonly title: string;
  readonly severity: Severity;
  readonly state: 'firing' | 'pending';
  readonly activeSinceMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description: string;
  /** Null where there is no number. */
  readonly value: number | null;
  /** The number as the summary writes it; empty where there is none. */
  readonly valueText: string;
  /** The dashboard's uid and the panel's number. */
  readonly dashboard: string;
  readonly panel: number;
  /** Path in the repository, with the rule as fragment. */
  readonly runbook: string;
  /** Null when nobody keeps it silent. */
  readonly silencedUntilMs: number | null;
}

/** A rule and how its evaluation goes. */
export interface BoardRule {
  readonly ruleUid: string;
  readonly title: string;
  readonly group: string;
  readonly intervalSeconds: number;
  readonly forSeconds: number;
  readonly severity: Severity;
  /** `error`: the last evaluation failed; `waiting`: there was none yet. */
  readonly state: 'firing' | 'pending' | 'normal' | 'error' | 'waiting';
  readonly firing: number;
  readonly pending: number;
  readonly lastEvaluationMs: number | null;
  readonly lastDurationMs: number;
  /** Empty when the last evaluation was right. */
  readonly lastError: string;
  readonly missedEvaluations: number;
  readonly reason: string;
  readonly dashboard: string;
  readonly panel: number;
  readonly runbook: string;
}

/** A silence in force. */
export interface BoardSilence {
  readonly id: string;
  readonly ruleUid: string;
  readonly title: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly startsMs: number;
  readonly endsMs: number;
  readonly comment: string;
}

/** Somebody who is told of alerts. */
export interface BoardTarget {
  readonly name: string;
  readonly told: number;
  readonly failures: number;
  /** Empty while it can be told. */
  readonly fault: string;
}

/** Everything about alerts at one moment. */
export interface BoardView {
  readonly alerts: readonly BoardAlert[];
  readonly rules: readonly BoardRule[];
  readonly silences: readonly BoardSilence[];
  readonly targets: readonly BoardTarget[];
}

/** What a silence is asked for with. */
export interface SilenceWish {
  readonly ruleUid: string;
  /** Labels that an alert must have; none: every alert of the rule. */
  readonly labels: Readonly<Record<string, string>>;
  readonly endsMs: number;
  readonly comment: string;
}

/** Alerts as the page sees them. */
export interface AlertBoard {
  view(): BoardView;
  /** Begins a silence and gives it when it is durable, or the reason why not, for people. */
  silence(wish: SilenceWish): Promise<BoardSilence | { readonly fault: string }>;
  /** Ends a silence; false when there is none with this id. */
  endSilence(id: string): Promise<boolean>;
  /** For health and metrics. */
  figures(): AlertFigures;
}

/** What health and metrics say about the evaluation of alerts. */
export interface AlertFigures {
  readonly firing: number;
  readonly pending: number;
  readonly silences: number;
  readonly evaluations: number;
  readonly failures: number;
  readonly missed: number;
  /** Rules whose last evaluation failed. */
  readonly failing: number;
  readonly lastEvaluationMs: number | undefined;
  readonly targets: readonly BoardTarget[];
  /** What a person must know of: empty when all is well. */
  readonly reasons: readonly string[];
}
