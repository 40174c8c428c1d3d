// Dashboards as data: generated as Grafana JSON and drawn by the live page from the same definitions.
import type { PanelQuery } from './query.ts';

/** Units that Grafana and the live page both know. */
export type Unit =
  'short' | 'percentunit' | 'percent' | 's' | 'ms' | 'bytes' | 'cps' | 'none' | 'dtdurations' | 'dateTimeAsIso';

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
}

/** Bars side by side, greatest first. */
export interface BarGaugePanel extends PanelBase {
  readonly type: 'bargauge';
}

/** Rows of groups, a column per group-by tag and selection. */
export interface TablePanel extends PanelBase {
  readonly type: 'table';
  /** Column shown first in order, by its heading; the first number unless given. */
  readonly sortBy?: string;
  /** Headings of tags and selections where the name itself is no good. */
  readonly headings?: Readonly<Record<string, string>>;
}

/** Any panel. */
export type Panel = StatPanel | TimeseriesPanel | BarGaugePanel | TablePanel;

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
  readonly sections: readonly Section[];
}
