// The dashboard `Avaya CM events`: which part of the switch complains? (grafana 11.2). State first, then rates, then
// details. Limits are those of the suggested alerts (ecs 8).
import type { Dashboard, Section } from '../../model/panel.ts';
import { ecsDenial } from './metrics.ts';
import { detailPanels } from './panels-details.ts';
import { ratePanels } from './panels-rates.ts';
import { statePanels } from './panels-state.ts';

const sections: readonly Section[] = [
  { title: 'State', panels: statePanels },
  { title: 'Rates', panels: ratePanels },
  { title: 'Details', panels: detailPanels },
];

/** The dashboard. */
export const avayaDashboard: Dashboard = {
  uid: 'sb-avaya',
  title: 'Avaya CM events',
  description:
    'Which part of the switch complains? Denials, maintenance alarms and errors, process errors and IP endpoints.',
  folder: 'Switchboard',
  tags: ['switchboard', 'avaya'],
  defaultRangeSeconds: 24 * 3600,
  refreshSeconds: 30,
  variables: [
    { name: 'host', label: 'Host', measurement: ecsDenial, tag: 'host' },
    { name: 'event', label: 'Denial', measurement: ecsDenial, tag: 'event' },
    { name: 'category', label: 'Category', measurement: ecsDenial, tag: 'category' },
  ],
  sections,
};
