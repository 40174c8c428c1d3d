// The dashboard `Network availability`: which site is down, on backup, or flapping? (grafana 11.5, cisco 23). State first,
// then the story of the sites, then the network, then what the devices say. Limits are those of the alerts.
import type { Annotation, Dashboard } from '../../model/panel.ts';
import { query } from '../../model/query.ts';
import { ciscoHole, ciscoReboot, ciscoServiceBucket, ciscoTransport, ciscoTrunkHit } from './metrics.ts';
import { eventPanels } from './dashboard/panels-events.ts';
import { networkPanels } from './dashboard/panels-network.ts';
import { sitePanels } from './dashboard/panels-sites.ts';
import { statePanels } from './dashboard/panels-state.ts';

/** The most events of one kind in a chart. */
const mostEvents = 200;

const annotations: readonly Annotation[] = [
  {
    id: 'reboots',
    name: 'Reboots',
    tone: 'warning',
    query: query(ciscoReboot, {
      select: [
        { field: 'what', aggregate: 'last' },
        { field: 'void', aggregate: 'last' },
      ],
      groupBy: ['dev'],
      over: 'rows',
      limit: mostEvents,
      having: [{ select: 'void', below: 0.5 }],
    }),
  },
  {
    id: 'trunks',
    name: 'Trunk failures',
    tone: 'critical',
    query: query(ciscoTrunkHit, {
      select: [
        { field: 'what', aggregate: 'last' },
        { field: 'void', aggregate: 'last' },
      ],
      groupBy: ['trunk', 'dev'],
      over: 'rows',
      limit: mostEvents,
      having: [{ select: 'void', below: 0.5 }],
    }),
  },
  {
    id: 'holes',
    name: 'Holes in the log',
    tone: 'neutral',
    query: query(ciscoHole, {
      select: [{ field: 'what', aggregate: 'last' }],
      groupBy: ['host'],
      over: 'rows',
      limit: mostEvents,
    }),
  },
];

/** The dashboard. */
export const networkDashboard: Dashboard = {
  uid: 'sb-network',
  title: 'Network availability',
  description: 'Which site is down, on its backup, or flapping? Worked out from the syslog of routers and switches.',
  folder: 'Switchboard',
  tags: ['switchboard', 'network', 'cisco'],
  defaultRangeSeconds: 24 * 3600,
  refreshSeconds: 60,
  variables: [
    { name: 'site', label: 'Site', measurement: ciscoServiceBucket, tag: 'site' },
    { name: 'svc', label: 'Service', measurement: ciscoServiceBucket, tag: 'svc' },
    { name: 'dev', label: 'Device', measurement: ciscoTransport, tag: 'dev' },
  ],
  annotations,
  sections: [
    { title: 'State', panels: statePanels },
    { title: 'Sites and links', panels: sitePanels },
    { title: 'Network', panels: networkPanels },
    { title: 'Events and devices', panels: eventPanels },
  ],
};
