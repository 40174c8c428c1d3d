// How the families went over time, side by side (grafana 11.1, panels 9 to 11).
import type { OverviewPart } from '../model/family.ts';
import type { StateTimelinePanel, TimeseriesPanel } from '../model/panel.ts';
import { switchboardPipeline } from '../model/pipeline.ts';
import { query } from '../model/query.ts';
import type { PanelQuery } from '../model/query.ts';
import { minWindowSeconds } from './pipeline-parts.ts';

/** Long enough that a report which comes a moment late leaves no gap. */
const healthWindowSeconds = 60;

type Placeless<P> = P extends unknown ? Omit<P, 'width' | 'height'> : never;
type Picture = Placeless<StateTimelinePanel | TimeseriesPanel>;

const links = [{ title: 'Pipeline health', dashboard: 'sb-pipeline', variables: { family: 'family' } }];

/** The pictures, without their places; that of errors only if a family has any to show. */
export function familyPictures(parts: readonly OverviewPart[]): readonly Picture[] {
  const errors = parts.flatMap((part) => (part.errors === undefined ? [] : [part.errors]));
  return [health, records, ...(errors.length === 0 ? [] : [errorsOf(errors)])];
}

const health: Picture = {
  id: 9,
  type: 'state-timeline',
  title: 'Family health',
  description:
    'The worst source of each family: Degraded works with something to look at, Failing needs a person. A gap means that no source of the family reported, so its dashboards are blind for that time.',
  queries: [
    query(switchboardPipeline, {
      select: [{ field: 'health', aggregate: 'max' }],
      groupBy: ['family'],
      minWindowSeconds: healthWindowSeconds,
    }),
  ],
  unit: 'none',
  valueTexts: [
    { value: 0, text: 'OK', tone: 'good' },
    { value: 1, text: 'Degraded', tone: 'warning' },
    { value: 2, text: 'Failing', tone: 'critical' },
  ],
  links,
  legend: '{family}',
  noValue: 'no source reports',
};

const records: Picture = {
  id: 10,
  type: 'timeseries',
  title: 'Records by family',
  description:
    'Lines that gave values, or should have, by family. The shape of the day is normal; a family that falls to 0 while its systems work has lost its log.',
  queries: [
    query(switchboardPipeline, {
      select: [{ field: 'records', aggregate: 'sum' }],
      groupBy: ['family'],
      fill: 'zero',
      minWindowSeconds,
    }),
  ],
  unit: 'short',
  links,
  legend: '{family}',
  noValue: '0',
  draw: 'bars',
  stacked: true,
};

function errorsOf(errors: readonly NonNullable<OverviewPart['errors']>[]): Picture {
  return {
    id: 11,
    type: 'timeseries',
    title: 'Errors by family',
    description:
      'The worst records of each family, as its own systems wrote them: not faults of Switchboard. Curves that rise together have one cause, mostly the network or the power.',
    queries: errors.map(({ query: asked, legend }) => named(asked, legend)),
    unit: 'short',
    legend: '{name}',
    noValue: '0',
    draw: 'lines',
    stacked: false,
  };
}

function named(asked: PanelQuery, legend: string): PanelQuery {
  const [selection] = asked.select;
  const isOne = selection !== undefined && asked.select.length === 1 && asked.groupBy.length === 0;
  if (!isOne || asked.over !== 'windows') throw new Error(`"${legend}" must be one curve of one number`);
  return { ...asked, select: [{ ...selection, as: legend }] };
}
