// What happened last, and how fresh the figures are (grafana 11.1, panels 12 and 13).
import { alertEvent } from '../model/alert-event.ts';
import type { Panel } from '../model/panel.ts';
import { switchboardPipeline } from '../model/pipeline.ts';
import { query } from '../model/query.ts';
import { severityTones } from './alert-parts.ts';
import { minWindowSeconds, pipelineLimits } from './pipeline-parts.ts';
import { rising } from './steps.ts';

/** The tables. */
export const overviewDetails: readonly Panel[] = [
  {
    id: 12,
    type: 'table',
    title: 'Latest alerts',
    description:
      'The 20 newest changes of alerts: what began to fire, what was resolved. Begin with what is critical and not resolved; a click on the name shows how often it came before.',
    queries: [
      query(alertEvent, {
        select: [{ field: 'summary', aggregate: 'last' }],
        groupBy: ['alertname', 'severity', 'status', 'host'],
        over: 'rows',
        limit: 20,
      }),
    ],
    unit: 'none',
    columns: {
      time: { heading: 'When', unit: 'dateTimeFromNow' },
      alertname: { heading: 'Alert' },
      severity: { heading: 'Severity', textTones: severityTones },
      status: { heading: 'Status' },
      host: { heading: 'Host' },
      summary: { heading: 'Summary' },
    },
    links: [{ title: 'Alerts history', dashboard: 'sb-alerts', variables: { alertname: 'alertname' } }],
    noValue: 'none',
    width: 14,
    height: 9,
  },
  {
    id: 13,
    type: 'table',
    title: 'Data freshness',
    description:
      'When each source last reported, and how far it was behind its log then. Reports come every 15 seconds: one that is minutes old means that Switchboard has stopped there. Great lag means that the figures of the family are old.',
    queries: [
      query(switchboardPipeline, {
        select: [{ field: 'lag_s', aggregate: 'last', as: 'lag' }],
        groupBy: ['family', 'source', 'host'],
        over: 'range',
        minWindowSeconds,
      }),
    ],
    unit: 's',
    columns: {
      time: { heading: 'Last report', unit: 'dateTimeFromNow' },
      family: { heading: 'Family' },
      source: { heading: 'Source' },
      host: { heading: 'Host' },
      lag: { heading: 'Lag', unit: 's', thresholds: rising(pipelineLimits.lagSeconds) },
    },
    links: [{ title: 'Pipeline health', dashboard: 'sb-pipeline', variables: { family: 'family', host: 'host' } }],
    noValue: 'no data',
    width: 10,
    height: 9,
  },
];
