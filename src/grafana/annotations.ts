// The events that are drawn over the charts of every dashboard, in Grafana and on the live page alike.
import { alertEvent } from '../model/alert-event.ts';
import type { Annotation } from '../model/panel.ts';
import { switchboardPipeline } from '../model/pipeline.ts';
import { query } from '../model/query.ts';

/** The most events of one kind in a chart: more would be a wall of lines. */
const mostEvents = 200;

/** All of them, in the order of their switches. */
export const annotations: readonly Annotation[] = [
  {
    id: 'alerts',
    name: 'Alerts',
    tone: 'critical',
    query: query(alertEvent, {
      select: [{ field: 'summary', aggregate: 'last' }],
      where: [{ tag: 'status', values: ['firing'] }],
      groupBy: ['severity', 'alertname', 'host'],
      over: 'rows',
      limit: mostEvents,
    }),
  },
  {
    id: 'starts',
    name: 'Starts of Switchboard',
    tone: 'neutral',
    query: query(switchboardPipeline, {
      select: [
        { field: 'version', aggregate: 'last' },
        { field: 'starts', aggregate: 'last' },
      ],
      groupBy: ['source', 'host'],
      over: 'rows',
      limit: mostEvents,
      having: [{ select: 'starts', above: 0 }],
    }),
  },
];
