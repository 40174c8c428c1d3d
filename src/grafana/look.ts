// The house style that all dashboards share: colours by meaning, thresholds, texts for numbers, limits of units.
import type { Threshold, ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { MappingType } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Panel, ThresholdStep, Tone, Unit, ValueText } from '../model/panel.ts';

/** The data source that every panel names; provisioned under this uid. */
export const datasource = { type: 'influxdb', uid: 'sb-influx' } as const;

const colours: Readonly<Record<Tone, string>> = {
  neutral: 'blue',
  good: 'green',
  warning: 'orange',
  serious: 'dark-orange',
  critical: 'red',
};

/** Grafana's name of a colour. */
export function colourOf(tone: Tone): string {
  return colours[tone];
}

/** Grafana's steps; without any agreed limit one neutral step, never Grafana's own "80 is red". */
export function thresholdSteps(steps: readonly ThresholdStep[] | undefined): Threshold[] {
  return (steps ?? [{ tone: 'neutral' }]).map((step) => ({ value: step.from ?? null, color: colours[step.tone] }));
}

/** Texts (with colours) in place of numbers. */
export function valueMappings(texts: readonly ValueText[]): ValueMapping[] {
  if (texts.length === 0) return [];
  const options = texts.map(({ value, text, tone }, index) => [String(value), { text, color: colours[tone], index }]);
  return [{ type: MappingType.ValueToText, options: Object.fromEntries(options) }];
}

/** The same texts with colours; a text without one keeps that of the column. */
export function textMappings(tones: Readonly<Record<string, Tone>>): ValueMapping[] {
  const options = Object.entries(tones).map(([text, tone], index) => [text, { text, color: colours[tone], index }]);
  if (options.length === 0) return [];
  return [{ type: MappingType.ValueToText, options: Object.fromEntries(options) }];
}

/** The greatest value a unit can have, where it has one. */
export function greatest(unit: Unit): number | undefined {
  return unit === 'percentunit' ? 1 : unit === 'percent' ? 100 : undefined;
}

/** What is shown in place of a missing value. */
export function noValueText(panel: Panel): string {
  return panel.noValue ?? 'no data';
}
