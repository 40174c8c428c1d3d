// What goes from the server to the page about alerts, as JSON. The server's code is checked against these shapes when it
// is compiled. Times are epoch milliseconds.

/** How urgent an alert is. */
export type Severity = 'critical' | 'warning' | 'info';

/** An alert that fires or is about to. */
export interface AlertItem {
  readonly fingerprint: string;
  readonly ruleUid: string;
  readonly title: string;
  readonly severity: Severity;
  readonly state: 'firing' | 'pending';
  readonly activeSinceMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description: string;
  readonly value: number | null;
  readonly valueText: string;
  /** The dashboard's uid and the panel's number. */
  readonly dashboard: string;
  readonly panel: number;
  readonly runbook: string;
  readonly silencedUntilMs: number | null;
}

/** A rule and how its evaluation goes. */
export interface RuleItem {
  readonly ruleUid: string;
  readonly title: string;
  readonly group: string;
  readonly intervalSeconds: number;
  readonly forSeconds: number;
  readonly severity: Severity;
  readonly state: 'firing' | 'pending' | 'normal' | 'error' | 'waiting';
  readonly firing: number;
  readonly pending: number;
  readonly lastEvaluationMs: number | null;
  readonly lastDurationMs: number;
  readonly lastError: string;
  readonly missedEvaluations: number;
  readonly reason: string;
  readonly dashboard: string;
  readonly panel: number;
  readonly runbook: string;
}

/** A silence in force. */
export interface SilenceItem {
  readonly id: string;
  readonly ruleUid: string;
  readonly title: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly startsMs: number;
  readonly endsMs: number;
  readonly comment: string;
}

/** Somebody who is told of alerts. */
export interface TargetItem {
  readonly name: string;
  readonly told: number;
  readonly failures: number;
  readonly fault: string;
}

/** How many alerts there are. */
export interface AlertCounts {
  /** False where no rules are evaluated in this process. */
  readonly isEvaluated: boolean;
  /** Firing and not silenced. */
  readonly firing: number;
  readonly critical: number;
  readonly silenced: number;
  readonly pending: number;
}

/** Everything about alerts at one moment. */
export interface AlertsAnswer {
  readonly nowMs: number;
  readonly counts: AlertCounts;
  /** The most urgent ones, up to a limit. */
  readonly alerts: readonly AlertItem[];
  /** Alerts beyond the limit. */
  readonly left: number;
  readonly rules: readonly RuleItem[];
  readonly silences: readonly SilenceItem[];
  readonly targets: readonly TargetItem[];
}

/** A change of an alert in the past. */
export interface AlertEventItem {
  readonly timeMs: number;
  readonly status: 'firing' | 'resolved';
  readonly title: string;
  readonly severity: string;
  readonly host: string;
  readonly summary: string;
  readonly durationSeconds: number | null;
}

/** The newest changes, newest first. */
export interface AlertHistory {
  readonly events: readonly AlertEventItem[];
}

/** What to do when a rule fires. */
export interface RunbookAnswer {
  readonly path: string;
  /** The rule's section as Markdown; null where the runbooks are not installed. */
  readonly text: string | null;
}

/** What asks for a silence; either `minutes` or `untilMs`. */
export interface SilenceRequest {
  readonly ruleUid: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly minutes?: number;
  readonly untilMs?: number;
  readonly comment: string;
}
