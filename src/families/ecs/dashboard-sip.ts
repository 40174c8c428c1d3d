// The dashboard `SIP signalling`: do calls get through? (grafana 11.3) From MST traces; empty without them.
import type { Dashboard } from '../../model/panel.ts';
import { ecsSip } from './metrics.ts';
import { sipRatePanels } from './panels-sip-rates.ts';
import { sipStatePanels } from './panels-sip-state.ts';
import { sipTrunkPanels } from './panels-sip-trunks.ts';

/** The dashboard. */
export const sipDashboard: Dashboard = {
  uid: 'sb-sip',
  title: 'SIP signalling',
  description: 'Do calls get through? SIP messages, calls and trunks from the MST traces of Communication Manager.',
  folder: 'Switchboard',
  tags: ['switchboard', 'avaya', 'sip'],
  defaultRangeSeconds: 6 * 3600,
  refreshSeconds: 30,
  variables: [
    { name: 'host', label: 'Host', measurement: ecsSip, tag: 'host' },
    { name: 'local_ip', label: 'Near end', measurement: ecsSip, tag: 'local_ip' },
    { name: 'remote_ip', label: 'Other end', measurement: ecsSip, tag: 'remote_ip' },
    { name: 'direction', label: 'Direction', measurement: ecsSip, tag: 'direction' },
  ],
  sections: [
    { title: 'Calls', panels: sipStatePanels },
    { title: 'Messages', panels: sipRatePanels },
    { title: 'Trunks', panels: sipTrunkPanels },
  ],
};
