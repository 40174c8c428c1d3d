// Dashboards as data: generated as Grafana JSON and drawn by the live page from the same definitions.
import type { PanelQuery } from './query.ts';

/** Units that Grafana and the live page both know. */
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

/** From this value on, this tone; the first step of a list has no value and is the base. */
export interface ThresholdStep {
  readonly from?: number;
  readonly tone: Tone;
}

/** A text (and tone) shown in place of a number. */
export interface ValueText {
  readonly value: number;
  readonly text: string;
  readonly tone: Tone;
}

/** Where a click leads: another dashboard, with the time range and variables kept. */
export interface DrillLink {
  readonly title: string;
  readonly dashboard: string;
  /** Sets variables of the target from tags of the clicked series. */
  readonly variables?: Readonly<Record<string, string>>;
}

interface PanelBase {
  /** Stable number within the dashboard; never used again for another panel. */
  readonly id: number;
  readonly title: string;
  /** What it shows, what is normal, and what to do: for an engineer at night. */
  readonly description: string;
  readonly queries: readonly PanelQuery[];
  readonly unit: Unit;
  readonly decimals?: number;
  readonly thresholds?: readonly ThresholdStep[];
  readonly links?: readonly DrillLink[];
  /** Text where there is no value. */
  readonly noValue?: string;
  /** Legend or row text with `{tag}` and `{name}` (the selection) in it; the group values unless given. */
  readonly legend?: string;
  /** Columns of the 24-column grid, and height in units of the grid. */
  readonly width: number;
  readonly height: number;
}

/** A number with its meaning. */
export interface StatPanel extends PanelBase {
  readonly type: 'stat';
  readonly colour: 'value' | 'background';
  readonly sparkline: boolean;
  readonly valueTexts?: readonly ValueText[];
}

/** Curves, bars or points over time. */
export interface TimeseriesPanel extends PanelBase {
  readonly type: 'timeseries';
  readonly draw: 'lines' | 'bars' | 'points';
  readonly stacked: boolean;
  /** Fixed colours of series that mean the same everywhere, as severities, by their text in the legend. */
  readonly seriesTones?: Readonly<Record<string, Tone>>;
  /** Series that are drawn downwards from zero, by their text in the legend: the one side of two that face each other. */
  readonly mirrored?: readonly string[];
}

/** Bars side by side, greatest first. */
export interface BarGaugePanel extends PanelBase {
  readonly type: 'bargauge';
}

/** Bars over the values of the one group-by tag, in their own order: hours of a day, days of a week. */
export interface BarChartPanel extends PanelBase {
  readonly type: 'barchart';
}

/** A number on an arc between its least and greatest value. */
export interface GaugePanel extends PanelBase {
  readonly type: 'gauge';
  readonly min: number;
  readonly max: number;
}

/** A lane per series: the state until the next one, as a coloured stretch with its text. */
export interface StateTimelinePanel extends PanelBase {
  readonly type: 'state-timeline';
  readonly valueTexts: readonly ValueText[];
}

/** A lane per series: one coloured cell for each window. */
export interface StatusHistoryPanel extends PanelBase {
  readonly type: 'status-history';
  readonly valueTexts: readonly ValueText[];
}

/** A row for each value of the one group-by tag, smallest number at the bottom; darker where the count is greater. */
export interface HeatmapPanel extends PanelBase {
  readonly type: 'heatmap';
}

/** How one column of a table is shown. */
export interface Column {
  /** The tag's or selection's name unless given. */
  readonly heading?: string;
  /** The panel's unit unless given. */
  readonly unit?: Unit;
  readonly decimals?: number;
  /** Cells are coloured by them. */
  readonly thresholds?: readonly ThresholdStep[];
  readonly valueTexts?: readonly ValueText[];
  /** Colours of texts, as `firing` or `critical`. */
  readonly textTones?: Readonly<Record<string, Tone>>;
  /** The text is an address: shown as a link to it. */
  readonly isLink?: boolean;
}

/** Rows of groups, or single points with `over: 'rows'`; a column per group-by tag and selection. */
export interface TablePanel extends PanelBase {
  readonly type: 'table';
  /** Column shown first in order, by its heading; the first number, or the time of `rows`, unless given. */
  readonly sortBy?: string;
  /**
   * By name of the tag or selection. A column `time` is there only if it is named here: the time of a point with
   * `over: 'rows'`, else that of the value of a query whose one selection is the `last`.
   */
  readonly columns?: Readonly<Record<string, Column>>;
}

/** Words, in Markdown of paragraphs, lists, links, bold and code only. */
export interface TextPanel extends PanelBase {
  readonly type: 'text';
  readonly markdown: string;
}

/** Alerts that fire or are about to, of all rules. */
export interface AlertListPanel extends PanelBase {
  readonly type: 'alertlist';
}

/** Any panel. */
export type Panel =
  | StatPanel
  | TimeseriesPanel
  | BarGaugePanel
  | BarChartPanel
  | GaugePanel
  | StateTimelinePanel
  | StatusHistoryPanel
  | HeatmapPanel
  | TablePanel
  | TextPanel
  | AlertListPanel;

/** Events drawn over the charts of every dashboard, or of one, each kind with a switch. */
export interface Annotation {
  /** Stable, for the address of the page. */
  readonly id: string;
  readonly name: string;
  readonly tone: Tone;
  /** Points with `over: 'rows'`; the first selection is the text, the group-by tags are shown with it. */
  readonly query: PanelQuery;
}

/** A chooser at the top of a dashboard. Multi-value with All, from the values of a tag. */
export interface Variable {
  readonly name: string;
  readonly label: string;
  readonly measurement: PanelQuery['measurement'];
  readonly tag: string;
}

/** A heading over the panels that follow it. */
export interface Section {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** A dashboard. */
export interface Dashboard {
  /** Stable, as `sb-avaya`. */
  readonly uid: string;
  readonly title: string;
  /** The question it answers. */
  readonly description: string;
  /** Folder in Grafana. */
  readonly folder: string;
  readonly tags: readonly string[];
  readonly defaultRangeSeconds: number;
  readonly refreshSeconds: number;
  readonly variables: readonly Variable[];
  /** Kinds of events of its own, after those of every dashboard. */
  readonly annotations?: readonly Annotation[];
  readonly sections: readonly Section[];
}
