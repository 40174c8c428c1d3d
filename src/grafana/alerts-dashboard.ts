// The dashboard `Alerts history`: what fired, how often, how long? (grafana 11.8). Plain data over what the alert
// receiver stores; the live page draws it too.
import { alertEvent } from '../model/alert-event.ts';
import type { Dashboard } from '../model/panel.ts';
import { alertListPanels } from './alerts-lists.ts';
import { alertStatePanels } from './alerts-state.ts';
import { alertTimePanels } from './alerts-times.ts';

/** The dashboard. */
export const alertsDashboard: Dashboard = {
  uid: 'sb-alerts',
  title: 'Alerts history',
  description: 'What fired, how often, and for how long? Everything that Grafana told the alert receiver of.',
  folder: 'Switchboard Operations',
  tags: ['switchboard', 'alerts'],
  defaultRangeSeconds: 7 * 86_400,
  refreshSeconds: 60,
  variables: [
    { name: 'severity', label: 'Severity', measurement: alertEvent, tag: 'severity' },
    { name: 'service', label: 'Service', measurement: alertEvent, tag: 'service' },
    { name: 'alertname', label: 'Alert', measurement: alertEvent, tag: 'alertname' },
  ],
  sections: [
    { title: 'State', panels: alertStatePanels },
    { title: 'When', panels: alertTimePanels },
    { title: 'Which', panels: alertListPanels },
  ],
};
