// What goes from the server to the page, as JSON. The server's code is checked against these shapes when it is
// compiled; they stand alone because the page is compiled apart, for the browser. Above 300 lines: types alone, which
// are looked up by name.

/** Units of numbers, as in model/panel.ts. */
export type Unit =
  | 'short'
  | 'percentunit'
  | 'percent'
  | 's'
  | 'ms'
  | 'bytes'
  | 'cps'
  | 'none'
  | 'dtdurations'
  | 'dateTimeAsIso'
  | 'dateTimeFromNow';

/** A colour by meaning. */
export type Tone = 'neutral' | 'good' | 'warning' | 'serious' | 'critical';

/** From this value on, this tone; without a value from the start. */
export interface ThresholdStep {
  readonly from?: number;
  readonly tone: Tone;
}

/** A text in place of a number. */
export interface ValueText {
  readonly value: number;
  readonly text: string;
  readonly tone: Tone;
}

/** Where a click on a row leads; variables of the target by name, from tags of the row. */
export interface DrillLink {
  readonly title: string;
  readonly dashboard: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/** The columns of a query. The page asks for the answer by place and never sees how it is made. */
export interface QueryDefinition {
  readonly over: 'windows' | 'range' | 'rows';
  readonly groupBy: readonly string[];
  readonly select: readonly {
    readonly name: string;
    readonly isCount: boolean;
    readonly isText: boolean;
    /** The number is made of lines of a log, which can be shown. */
    readonly hasLines?: boolean;
  }[];
}

interface PanelBase {
  readonly id: number;
  readonly title: string;
  readonly description: string;
  readonly queries: readonly QueryDefinition[];
  readonly unit: Unit;
  readonly decimals?: number;
  readonly thresholds?: readonly ThresholdStep[];
  readonly links?: readonly DrillLink[];
  readonly noValue?: string;
  readonly legend?: string;
  readonly width: number;
  readonly height: number;
}

/** A number with its meaning. */
export interface StatDefinition extends PanelBase {
  readonly type: 'stat';
  readonly colour: 'value' | 'background';
  readonly sparkline: boolean;
  readonly valueTexts?: readonly ValueText[];
}

/** Curves over time. */
export interface TimeseriesDefinition extends PanelBase {
  readonly type: 'timeseries';
  readonly draw: 'lines' | 'bars' | 'points';
  readonly stacked: boolean;
  readonly seriesTones?: Readonly<Record<string, Tone>>;
}

/** Bars by size. */
export interface BarGaugeDefinition extends PanelBase {
  readonly type: 'bargauge';
}

/** Bars in the order of their names. */
export interface BarChartDefinition extends PanelBase {
  readonly type: 'barchart';
}

/** A number on an arc. */
export interface GaugeDefinition extends PanelBase {
  readonly type: 'gauge';
  readonly min: number;
  readonly max: number;
}

/** Lanes of states. */
export interface StateTimelineDefinition extends PanelBase {
  readonly type: 'state-timeline';
  readonly valueTexts: readonly ValueText[];
}

/** Lanes of cells. */
export interface StatusHistoryDefinition extends PanelBase {
  readonly type: 'status-history';
  readonly valueTexts: readonly ValueText[];
}

/** Rows of cells, darker where there is more. */
export interface HeatmapDefinition extends PanelBase {
  readonly type: 'heatmap';
}

/** How a column is shown. */
export interface Column {
  readonly heading?: string;
  readonly unit?: Unit;
  readonly decimals?: number;
  readonly thresholds?: readonly ThresholdStep[];
  readonly valueTexts?: readonly ValueText[];
  readonly textTones?: Readonly<Record<string, Tone>>;
  readonly isLink?: boolean;
}

/** Rows. */
export interface TableDefinition extends PanelBase {
  readonly type: 'table';
  readonly sortBy?: string;
  readonly columns?: Readonly<Record<string, Column>>;
}

/** Words in Markdown. */
export interface TextDefinition extends PanelBase {
  readonly type: 'text';
  readonly markdown: string;
}

/** Alerts that fire or are about to. */
export interface AlertListDefinition extends PanelBase {
  readonly type: 'alertlist';
}

/** Any panel. */
export type PanelDefinition =
  | StatDefinition
  | TimeseriesDefinition
  | BarGaugeDefinition
  | BarChartDefinition
  | GaugeDefinition
  | StateTimelineDefinition
  | StatusHistoryDefinition
  | HeatmapDefinition
  | TableDefinition
  | TextDefinition
  | AlertListDefinition;

/** A dashboard. */
export interface DashboardDefinition {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly folder: string;
  readonly defaultRangeSeconds: number;
  readonly refreshSeconds: number;
  readonly variables: readonly { readonly name: string; readonly label: string }[];
  readonly sections: readonly { readonly title: string; readonly panels: readonly PanelDefinition[] }[];
}

/** Time of the oldest and the newest stored point, epoch milliseconds; null while there are none. */
export interface SpanAnswer {
  readonly span: { readonly fromMs: number; readonly toMs: number } | null;
}

/** The dashboards that can be opened. */
export interface DashboardList {
  readonly hasStore: boolean;
  readonly dashboards: readonly {
    readonly uid: string;
    readonly title: string;
    readonly description: string;
    readonly folder: string;
  }[];
}

/** The values that each variable of a dashboard can have. */
export interface VariableAnswer {
  readonly values: Readonly<Record<string, readonly string[]>>;
}

/** One value of an answer. */
export type Value = number | string | null;

/** An answer: one entry per group, with values by time (`windows`) or one set of values (`range`), or one per point (`rows`). */
export interface QueryAnswer {
  readonly fromMs: number;
  readonly toMs: number;
  readonly windowMs: number;
  /** Starts of windows, shared by all series; the time of each series for `range` and `rows`. */
  readonly times: readonly number[];
  readonly series: readonly {
    readonly group: readonly string[];
    /** Per selection: a value per time, or one value. */
    readonly values: readonly (readonly Value[])[];
  }[];
}

/** State of a part. */
export type Health = 'ok' | 'degraded' | 'failing';

/** A followed file. */
export interface FileState {
  readonly path: string;
  readonly offset: number;
  readonly size: number;
  readonly lagBytes: number;
  readonly state: string;
  readonly hasFault: boolean;
}

/** An output as one source sees it. */
export interface OutputState {
  readonly name: string;
  readonly health: Health;
  readonly reason: string;
  readonly committed: number;
  readonly accepted: number;
  readonly refused: number;
  readonly spooled: number;
  readonly spoolBytes: number;
  readonly spoolLimitBytes: number;
  readonly spoolAgeSeconds: number;
  readonly retries: number;
  readonly lastAcceptedMs?: number | undefined;
  readonly writeP95Ms: number;
  readonly storedBytes?: number | undefined;
}

/** A source and its accounting. */
export interface SourceState {
  readonly name: string;
  readonly family: string;
  readonly host: string;
  readonly health: Health;
  readonly reasons: readonly string[];
  readonly counters: {
    readonly linesRead: number;
    readonly bytesRead: number;
    readonly matched: number;
    readonly ignored: number;
    readonly deadLettered: number;
    readonly lateDropped: number;
    readonly skippedLong: number;
    readonly deadLettersGivenUp: number;
    readonly rotations: number;
    readonly truncations: number;
    readonly gaps: number;
    readonly commits: number;
    readonly starts: number;
  };
  readonly rejects: Readonly<Record<string, number>>;
  readonly awaited: readonly string[];
  readonly files: readonly FileState[];
  readonly lagBytes: number;
  readonly lagSeconds: number;
  readonly newestEventMs?: number | undefined;
  readonly openBuckets: number;
  readonly series: number;
  readonly overflowed: Readonly<Record<string, number>>;
  readonly commitMs: number;
  readonly isPaused: boolean;
  readonly outputs: readonly OutputState[];
  readonly receiver?: ReceiverState | undefined;
}

/** What comes to a source by network. */
export interface ReceiverState {
  readonly counters: {
    readonly messages: number;
    readonly rejected: number;
    readonly truncated: number;
    readonly dropped: number;
    readonly kernelDropped: number;
    readonly connections: number;
  };
  readonly listening: readonly string[];
}

/** The state of the process with the server's time. */
export interface StatusAnswer {
  readonly nowMs: number;
  readonly version: string;
  readonly startedMs: number;
  readonly health: Health;
  readonly sources: readonly SourceState[];
  readonly rssBytes: number;
  readonly eventLoopP99Ms: number;
}

/** An alert of a rule, as evaluated by this process. */
export interface AlertState {
  readonly ruleUid: string;
  readonly title: string;
  readonly severity: string;
  readonly state: 'firing' | 'pending' | 'normal';
  readonly activeSinceMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly value: number | string | null;
  /** Where its numbers are drawn: a dashboard's uid and a panel's number. */
  readonly dashboard: string | null;
  readonly panel: number | null;
  readonly silencedUntilMs: number | null;
}

/** All alerts. */
export interface AlertAnswer {
  readonly alerts: readonly AlertState[];
}

/** Events of one kind, to be drawn over charts. */
export interface AnnotationKind {
  readonly id: string;
  readonly name: string;
  readonly tone: Tone;
  /** Oldest first. */
  readonly events: readonly {
    readonly timeMs: number;
    readonly text: string;
    readonly tags: Readonly<Record<string, string>>;
  }[];
  /** True when there are more than are sent; these are the newest. */
  readonly isCut: boolean;
  /** Why this kind could not be asked for. */
  readonly fault?: string;
}

/** Everything there is to draw over the charts of a dashboard in a range. */
export interface AnnotationAnswer {
  readonly kinds: readonly AnnotationKind[];
}

/** A line of a log that a number was made of. */
export interface LogLine {
  readonly host: string;
  readonly path: string;
  readonly number: number;
  /** Event time, epoch milliseconds. */
  readonly timeMs: number;
  readonly text: string;
  readonly isCut: boolean;
}

/** The lines behind a number: `total` in all, `lines` from the place that was asked for. */
export interface LinesAnswer {
  readonly total: number;
  readonly amount: number;
  readonly lines: readonly LogLine[];
  readonly next: number | null;
  /** Logs that cannot be read any more, with a sentence each. */
  readonly gone: readonly { readonly path: string; readonly text: string }[];
  readonly notes: readonly string[];
}
